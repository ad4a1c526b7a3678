// Page behavior beyond links and forms. All of it is optional: every feature works without this script.

// On each page and after each swap, htmx looks for hx-on attributes on all elements, which takes most of its time.
// Pages have none, because the CSP doesn't allow them. No other script here evaluates XPath expressions.
XPathExpression.prototype.evaluate = () => ({ iterateNext: () => null });

const desk = {
	say(text) {
		const region = document.getElementById("announce");
		if (region) region.textContent = text;
	},
	copy(text, done = "Copied", button = null) {
		const show = (word) => {
			desk.say(word);
			if (!button) return;
			button.dataset.copied = word;
			setTimeout(() => delete button.dataset.copied, 2000);
		};
		const failed = () => show("Could not copy");
		if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => show(done), failed);
		const area = document.createElement("textarea"); // over plain HTTP, browsers have no clipboard API
		const focused = document.activeElement;
		area.value = text;
		(focused?.closest("dialog, [popover]") ?? document.body).append(area);
		area.select();
		if (document.execCommand("copy")) show(done);
		else failed();
		area.remove();
		focused?.focus({ preventScroll: true });
	},
};
(() => {
	// The field that the problem is about gets the focus, or else the result of the last action or the first wrong field.
	// A fragment in the URL takes the focus away when the browser scrolls to it, at the latest when the page has loaded.
	const first = () => {
		if (document.activeElement !== document.body) return;
		const wrong = document.querySelector("[autofocus]") ? null : document.querySelector("main [aria-invalid=true]");
		const field = document.querySelector("[aria-describedby~=problem]");
		const result = document.querySelector("#problem, #link, #done");
		(field ?? result ?? wrong)?.focus({ preventScroll: Boolean(location.hash) });
	};
	first();
	window.addEventListener("load", () => setTimeout(first));

	// The way back to a list leads to the list as the user left it: with its filters and on its page.
	const from = document.referrer && new URL(document.referrer);
	const crumb = document.querySelector(".crumbs a");
	if (from && crumb && from.origin === location.origin && from.pathname === crumb.pathname && !crumb.search) {
		crumb.href = document.referrer;
	}

	// The link that leads to another page is remembered with the page's entry in the history, so that Back returns to it,
	// or to what opens the part of the page that it is in.
	const links = (href) => [...document.querySelectorAll("main a")].filter((a) => a.getAttribute("href") === href);
	document.addEventListener("click", (event) => {
		const link = event.target.closest?.("main a[href]:not([download])");
		if (!link) return;
		const href = link.getAttribute("href");
		const { scrollTop: top = 0, scrollLeft: left = 0 } = link.closest(".table-region") ?? {};
		const place = { href, id: link.id, at: links(href).indexOf(link), top, left, page: scrollY };
		history.replaceState({ ...history.state, place }, "");
	}, true);
	const place = history.state?.place;
	let back = place && ((place.id && document.getElementById(place.id)) || links(place.href)[place.at]);
	if (back) {
		back = back.closest("details:not([open])")?.querySelector("summary") ?? back;
		back.closest(".table-region")?.scrollTo(place.left, place.top);
		scrollTo(0, place.page);
		back.focus({ preventScroll: true });
		back.scrollIntoView({ block: "nearest", inline: "nearest" });
	}

	// Until htmx has started, Back and Forward change only the URL. The timer runs after that of htmx.
	setTimeout(() => {
		const loaded = window.navigation?.activation?.entry;
		if (loaded && loaded.key !== navigation.currentEntry.key) location.reload();
	});

	// When the user leaves the page, its requests are aborted, so that they don't count as errors.
	window.addEventListener("beforeunload", () => {
		for (const element of document.querySelectorAll(".htmx-request")) htmx.trigger(element, "htmx:abort");
	});

	// Menus are details elements. A click elsewhere, a download and the Escape key close them.
	document.addEventListener("click", (event) => {
		for (const menu of document.querySelectorAll("details.menu[open]")) {
			const download = event.target.closest("a[download]");
			if (menu.contains(event.target) && !download) continue;
			if (download) menu.querySelector("summary").focus();
			menu.open = false;
		}
		const copy = event.target.closest("[data-copy]");
		if (copy) desk.copy(copy.dataset.copy, "Copied", copy);
	});
	document.addEventListener("keydown", (event) => {
		if (event.key !== "Escape") return;
		const menu = document.querySelector("details.menu[open]");
		if (!menu) return;
		menu.open = false;
		menu.querySelector("summary").focus();
	});

	// A second click on a button is ignored. Otherwise, the browser would cancel the first request.
	document.addEventListener("submit", (event) => {
		const form = event.target;
		if (event.defaultPrevented || form.method !== "post") return;
		if ("sent" in form.dataset) event.preventDefault();
		form.dataset.sent = "";
		setTimeout(() => delete form.dataset.sent, 3000);
	});

	// Refresh reads from YCM without leaving the page, so that the focus and the rows stay where they are.
	document.addEventListener("submit", async (event) => {
		const form = event.target;
		if (event.defaultPrevented || form.getAttribute("action") !== "/sync") return;
		event.preventDefault();
		desk.say("Reading from YCM.");
		const body = new URLSearchParams(new FormData(form, event.submitter));
		const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
		if (answer?.type !== "opaqueredirect") return form.submit();
		desk.say("The page was refreshed."); // whether YCM responded is in its banner
		if (desk.update) return desk.update();
		history.replaceState({ ...history.state, place: { id: event.submitter?.id, page: scrollY } }, "");
		location.reload();
	});

	// A date field shows its date in the browser's order, which can be taken for another date. The words beside it can't.
	const spell = (event) => {
		const field = event.target;
		if (!field.matches?.("input[type=date]")) return;
		let words = field.nextElementSibling;
		if (!words?.matches(".day-words")) {
			words = Object.assign(document.createElement("span"), { className: "day-words" });
			field.after(words);
		}
		const day = field.valueAsDate; // midnight UTC
		const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
		words.textContent = day ? `${day.getUTCDate()} ${months[day.getUTCMonth()]} ${day.getUTCFullYear()}` : "";
	};
	document.addEventListener("input", spell);
	document.addEventListener("focusin", spell);

	// During a request, the table is marked as busy. Afterward, the focus stays where it was, or moves to the element that
	// replaced the focused one, or else to the result. Background requests change neither.
	let held = null;
	const isBackground = (event) => event.detail?.ctx?.request?.headers?.["Cordboard-Background"] === "1";
	document.addEventListener("htmx:before:request", (event) => {
		if (isBackground(event)) return;
		held = document.activeElement === document.body ? null : document.activeElement;
		document.getElementById("pbx-table")?.setAttribute("aria-busy", "true");
	});
	document.addEventListener("htmx:error", (event) => {
		document.getElementById("pbx-table")?.setAttribute("aria-busy", "false");
		if (!isBackground(event)) desk.say("The list could not be updated. It still shows the previous results.");
	});
	// A morph changes attributes but not what the user selected or typed. After a request that the user made, the form is
	// reset to the filters in the URL, and menus close.
	const reset = (list) => {
		for (const menu of list.querySelectorAll("details.menu[open]")) {
			if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
			menu.open = false;
		}
		for (const box of list.querySelectorAll("form input[type=checkbox], form input[type=radio]")) {
			box.checked = box.defaultChecked;
		}
		for (const option of list.querySelectorAll("option")) option.selected = option.defaultSelected;
		for (const text of list.querySelectorAll("input[type=search]")) {
			if (text !== document.activeElement) text.value = text.defaultValue;
		}
	};
	document.addEventListener("htmx:after:swap", (event) => {
		if (isBackground(event)) return;
		const list = document.querySelector("[data-title]");
		if (list) {
			reset(list);
			document.title = `${list.dataset.title} · Cordboard`;
		}
		if (!held || document.activeElement !== document.body) return;
		const again = held.id ? `#${CSS.escape(held.id)}` : held.rel && `.pager a[rel="${held.rel}"]`;
		const next = (again && document.querySelector(again)) || document.querySelector("#pbx-table, main h1");
		if (next?.tagName === "H1") next.tabIndex = -1;
		next?.focus({ preventScroll: true });
	});
})();
