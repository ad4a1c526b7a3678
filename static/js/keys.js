// Keyboard shortcuts. Each one is also a link or a button. Shortcuts are ignored while the user types and when they
// are turned off.
(() => {
	const on = () => document.documentElement.dataset.keys !== "off";
	const typing = (element) =>
		element?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

	// Dialogs are fetched from the server when they are first opened.
	const dialog = async (id, url) => {
		let found = document.getElementById(id);
		if (!found) {
			const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
			if (!answer?.ok) {
				location.assign(url);
				return null;
			}
			const html = await answer.text();
			if (!document.getElementById(id)) document.body.insertAdjacentHTML("beforeend", html);
			found = document.getElementById(id);
		}
		if (!found.open) found.showModal();
		return found;
	};

	let items = ""; // the palette's contents before the user types
	const palette = async () => {
		const open = await dialog("palette", "/palette");
		if (!open) return;
		const list = document.getElementById("palette-list");
		const box = document.getElementById("palette-q");
		items ||= list.innerHTML;
		box.value = "";
		list.innerHTML = items;
		box.focus();
		choose(0);
	};
	const options = () => [...document.querySelectorAll("#palette-list [role=option]")];
	const chosen = () => options().findIndex((o) => o.getAttribute("aria-selected") === "true");
	const choose = (n) => {
		const all = options();
		for (const [i, o] of all.entries()) o.setAttribute("aria-selected", String(i === n));
		const box = document.getElementById("palette-q");
		if (all[n]) {
			box.setAttribute("aria-activedescendant", all[n].id);
			all[n].scrollIntoView({ block: "nearest" });
		} else box.removeAttribute("aria-activedescendant");
	};
	// Commands that change something are sent as a form, as the page that the link leads to would send it.
	const run = (option) => {
		const form = document.createElement("form");
		Object.assign(form, { method: "post", action: option.dataset.post });
		const add = (name, value) => form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
		add("next", location.pathname + location.search);
		if (option.dataset.field) add(option.dataset.field, option.dataset.value);
		document.body.append(form);
		form.submit();
	};
	const open = (option, elsewhere) => {
		if (option.dataset.post) run(option);
		else if (elsewhere) window.open(option.href, "_blank", "noopener");
		else {
			location.assign(option.href);
			document.getElementById("palette").close(); // a download leaves the page as it is
		}
	};
	let turn = 0;
	let timer = 0;
	document.addEventListener("input", (event) => {
		if (event.target.id !== "palette-q") return;
		clearTimeout(timer);
		timer = setTimeout(async () => {
			const mine = ++turn;
			const text = event.target.value.trim();
			let html = items;
			if (text) {
				const url = `/palette?q=${encodeURIComponent(text)}`;
				const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
				if (!answer?.ok || mine !== turn) return;
				html = await answer.text();
			}
			document.getElementById("palette-list").innerHTML = html;
			choose(0);
		}, 120);
	});
	document.addEventListener("keydown", (event) => {
		if (event.target.id !== "palette-q") return;
		const all = options();
		if (event.key === "ArrowDown") choose((chosen() + 1) % all.length);
		else if (event.key === "ArrowUp") choose((chosen() + all.length - 1) % all.length);
		else if (event.key === "Enter" && !event.isComposing && all[chosen()]) {
			open(all[chosen()], event.ctrlKey || event.metaKey);
		} else return;
		event.preventDefault();
	});
	document.addEventListener("click", (event) => {
		if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
		if (event.target.matches("dialog.palette")) event.target.close(); // a click outside the palette
		const command = event.target.closest("#palette [data-post]");
		if (command) {
			event.preventDefault();
			run(command);
		}
		const opener = event.target.closest("a[data-palette], a[data-keys-help]");
		if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
			event.preventDefault();
			if (opener.matches("[data-palette]")) palette();
			else dialog("keys", "/keys");
		}
	});

	// j and k move the focus through the links in the rows.
	const walk = (step) => {
		const rows = [...document.querySelectorAll("tr[data-pbx-id] th .name a")];
		if (!rows.length) return;
		const at = rows.findIndex((a) => a.closest("tr").contains(document.activeElement));
		const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)];
		next.focus();
		next.scrollIntoView({ block: "nearest" });
	};
	// The menu of a PBX is fetched each time, because the PBX's status decides what it offers.
	let fetching = false; // a second click must not open the menu of another PBX
	const actions = async (url) => {
		if (fetching) return;
		fetching = true;
		document.getElementById("actions")?.remove();
		const open = await dialog("actions", url);
		fetching = false;
		open?.querySelector(".dialog-body a")?.focus();
	};
	document.addEventListener("keydown", (event) => {
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		const open = event.target.closest?.("#actions");
		if (!step || !open) return;
		const all = [...open.querySelectorAll(".dialog-body .menu-item")];
		all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
		event.preventDefault();
	});
	document.addEventListener("click", (event) => {
		const link = event.target.closest("a[data-actions]");
		if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
		event.preventDefault();
		actions(link.href);
	});
	// menu opens the menu of the focused row, or of the PBX whose page is shown.
	const menu = () => {
		const row = document.activeElement?.closest("tr[data-pbx-id]")?.querySelector("a[data-actions]");
		if (row) actions(row.href);
		else {
			const more = document.querySelector("#more > summary");
			more?.click();
			more?.focus();
		}
	};
	const places = {
		h: "/",
		p: "/pbxs",
		l: "/changes",
		e: "/expiries",
		c: "/subscription",
		n: "/pbxs/new",
		o: "/operations",
		a: "/audit",
		t: "/team",
		u: "/account",
		v: "/views",
		f: "/pbxs/filters",
		s: "/customers",
		d: "/tasks",
	};
	// letter returns the character of the pressed key. With a non-Latin keyboard layout, it returns the Latin letter at
	// the key's position.
	const letter = (event) => {
		if (event.key.length !== 1 || (event.key >= " " && event.key <= "~")) return event.key;
		if (event.code === "Slash") return event.shiftKey ? "?" : "/";
		return event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
	};
	// going is the time at which g was pressed. It comes from the event itself, because a busy page handles keys late.
	let going = -Infinity;
	document.addEventListener("keydown", (event) => {
		if (!on() || event.defaultPrevented) return;
		if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && letter(event).toLowerCase() === "k") {
			event.preventDefault();
			palette();
			return;
		}
		if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
		if (typing(event.target) || document.querySelector("dialog[open]")) return;
		const key = letter(event);
		if (event.timeStamp - going < 1500 && places[key]) {
			const link = document.querySelector(`.nav a[href="${places[key]}"]`);
			going = -Infinity;
			const may = key !== "n" || document.querySelector(`.nav a[href="/operations"]`);
			if (link || (may && "vfn".includes(key))) location.assign(places[key]);
			return;
		}
		going = key === "g" ? event.timeStamp : -Infinity;
		if (key === "/") {
			event.preventDefault();
			const box = document.getElementById("q");
			if (box) box.select();
			else palette(); // the page has no search of its own
		} else if (key === "?") dialog("keys", "/keys");
		else if (key === "m") menu();
		else if (key === "j") walk(1);
		else if (key === "k") walk(-1);
		else if (key === "x") document.activeElement?.closest("tr[data-pbx-id]")?.querySelector(".row-check").click();
		else return;
		event.preventDefault();
	});
})();
