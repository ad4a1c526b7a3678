// The New PBX form. Fields that depend on one another stay consistent, and customers are searched while the user
// types.
(() => {
	const form = () => document.getElementById("new-pbx");
	if (!form()) return;
	const field = (name) => form().elements.namedItem(name);

	// Fields that have no effect are cleared and disabled. Without JavaScript, the server reports them.
	const depend = () => {
		const superior = field("allowSuperiorPasswordlessLogin");
		superior.disabled = !field("passwordlessLogin").checked;
		if (superior.disabled) superior.checked = false;
		const template = field("provisionTemplateId");
		template.disabled = !field("provisioningViaTemplate").checked;
		if (template.disabled) template.value = "";
		const dated = field("expirationDate").value !== "";
		for (const choice of field("allowRunAfterExpirationDate")) {
			choice.disabled = !dated;
			if (!dated) choice.checked = false;
		}
		field("recordingCapacity").readOnly = !field("recordingStatus").checked;
	};
	let minutes = "500"; // recording minutes before recording was switched off
	document.addEventListener("change", (event) => {
		if (!form()?.contains(event.target)) return;
		if (event.target.name === "recordingStatus") {
			const box = field("recordingCapacity");
			if (!event.target.checked && Number(box.value) > 0) minutes = box.value;
			if (event.target.checked === (Number(box.value) > 0)) return depend();
			box.value = event.target.checked ? minutes : "0";
		}
		depend();
	}, true);
	depend();

	// Leaving the page loses the user's input, so the browser asks first. Values that the server sent back count as user
	// input.
	let typed = Boolean(document.querySelector("#problems, #warnings, #notice[autofocus]"));
	let going = false; // the page may be closing, but the user can still choose to stay
	window.addEventListener("beforeunload", (event) => {
		going = true;
		setTimeout(() => (going = false), 500);
		if (typed && !sent) event.preventDefault();
	});
	// The response to a POST can't be reloaded or returned to, but the form's own address can.
	if (location.pathname !== "/pbxs/new") history.replaceState(null, "", "/pbxs/new");
	document.addEventListener("htmx:after:request", (event) => {
		if (event.detail.ctx.hx?.redirect) typed = false; // the redirect goes to the sign-in page, which restores the form
	});
	document.addEventListener("click", (event) => {
		const link = event.target.closest?.("a");
		if (!link) return;
		if (form().contains(link) && link.pathname === "/pbxs") typed = false; // the user chose Cancel
		// A preset must keep the user's input, so it is applied by submitting the form.
		const preset = link.closest(".page-head") && new URLSearchParams(link.search).get("preset");
		if (!preset || !typed || event.ctrlKey || event.metaKey || event.shiftKey) return;
		event.preventDefault();
		const button = Object.assign(document.createElement("button"), {
			name: "do",
			value: `preset-${preset}`,
			formNoValidate: true,
			hidden: true,
		});
		button.setAttribute("formaction", "/pbxs/new");
		form().append(button);
		button.click();
	});

	// Once a field changes, its problem and warning disappear.
	const onEdit = (event) => {
		if (!form()?.contains(event.target)) return;
		typed = true;
		const name = event.target.name === "customerSearch" ? "" : event.target.name;
		if (!name) return;
		for (const id of [`${name}-problem`, `${name}-warning`]) document.getElementById(id)?.remove();
		const anchor = name === "customerIds" ? "customerSearch" : name;
		document.getElementById(anchor)?.removeAttribute("aria-invalid");
		for (const line of document.querySelectorAll(`#problems a[href="#${anchor}"], #warnings a[href="#${anchor}"]`)) {
			const box = line.closest(".flash");
			line.closest("li").remove();
			if (!box.querySelector("li")) box.remove();
		}
	};
	document.addEventListener("input", onEdit);
	document.addEventListener("change", onEdit);

	// Once the form is submitted, no further live updates are requested.
	let sent = false;
	document.addEventListener("submit", (event) => {
		if (event.target === form()) sent = true;
	});
	document.addEventListener("htmx:before:request", (event) => {
		if ((sent || going) && event.target === form()) event.preventDefault();
	});
	window.addEventListener("pageshow", () => (sent = false));

	// Enter in a field doesn't create a PBX; only the button does.
	document.addEventListener("keydown", (event) => {
		if (event.key !== "Enter" || !event.target.matches?.("#new-pbx input:not([type=submit])")) return;
		event.preventDefault();
		if (event.target.name === "presetName") form().querySelector(`button[formaction="/presets"]`).click();
	});

	// The customer combo box.
	const box = () => document.getElementById("customerSearch");
	const list = () => document.getElementById("customer-options");
	const options = () => [...list().querySelectorAll("[role=option]")];
	box().setAttribute("role", "combobox");
	box().setAttribute("aria-expanded", "false");
	box().setAttribute("aria-autocomplete", "list");
	box().setAttribute("aria-controls", "customer-options");
	let turn = 0;
	const close = () => {
		turn++;
		list().hidden = true;
		box().setAttribute("aria-expanded", "false");
		box().removeAttribute("aria-activedescendant");
	};
	const find = async () => {
		const mine = ++turn;
		const url = `/pbxs/new/customers?q=${encodeURIComponent(box().value)}`;
		const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
		if (mine !== turn) return;
		if (!answer?.ok) return desk.say("Customer search failed. Try again.");
		list().innerHTML = await answer.text();
		list().hidden = false;
		box().setAttribute("aria-expanded", "true");
		activate(0);
	};
	const activate = (n) => {
		for (const [i, o] of options().entries()) o.setAttribute("aria-selected", String(i === n));
		const option = options()[n];
		if (!option) return box().removeAttribute("aria-activedescendant");
		box().setAttribute("aria-activedescendant", option.id);
		option.scrollIntoView({ block: "nearest" });
	};
	const choose = (option) => {
		const chosen = document.getElementById("customers-chosen");
		const known = chosen.querySelector(`input[value="${CSS.escape(option.dataset.id)}"]`);
		if (known) known.checked = true;
		else {
			const label = document.createElement("label");
			label.className = "check";
			const check = Object.assign(document.createElement("input"), {
				type: "checkbox",
				name: "customerIds",
				value: option.dataset.id,
				checked: true,
			});
			const words = document.createElement("span");
			const mail = Object.assign(document.createElement("small"), {
				className: "muted",
				textContent: option.dataset.email,
			});
			words.append(Object.assign(document.createElement("bdi"), { textContent: option.dataset.name }), " ", mail);
			label.append(check, words);
			chosen.append(label);
		}
		box().value = "";
		close();
		desk.say(`${option.dataset.name} selected`);
		const added = chosen.querySelector(`input[value="${CSS.escape(option.dataset.id)}"]`);
		added.dispatchEvent(new Event("change", { bubbles: true }));
	};
	let timer = 0;
	document.addEventListener("input", (event) => {
		if (event.target !== box()) return;
		event.stopPropagation(); // the search text isn't a value of the form
		clearTimeout(timer);
		timer = setTimeout(() => (box().value.trim() ? find() : close()), 150);
	}, true);
	document.addEventListener("keydown", (event) => {
		if (event.target !== box()) return;
		const all = list().hidden ? [] : options();
		const at = all.findIndex((o) => o.getAttribute("aria-selected") === "true");
		if (event.key === "ArrowDown" && list().hidden) find();
		else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && all.length) {
			const next = (at + (event.key === "ArrowDown" ? 1 : all.length - (at < 0 ? 0 : 1))) % all.length;
			activate(next);
		} else if (event.key === "Enter" && at >= 0) choose(all[at]);
		else if (event.key === "Escape" && !list().hidden) {
			close();
			event.stopPropagation();
		} else return;
		event.preventDefault();
	}, true);
	document.addEventListener("mousedown", (event) => {
		const option = event.target.closest?.("#customer-options [role=option]");
		if (!option) return;
		event.preventDefault(); // the box keeps its focus
		choose(option);
	});
	document.addEventListener("click", (event) => {
		if (event.target.closest(`#new-pbx button[value="find"]`)) {
			event.preventDefault(); // the list below the box replaces the button's search on the server
			box().focus();
			find();
		}
	});
	document.addEventListener("focusout", (event) => {
		if (event.target === box()) close();
	});
})();
