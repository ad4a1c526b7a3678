// What the pages do beyond links and forms. All of it is comfort: nothing is missing without it.
(() => {
	const say = (text) => {
		const region = document.getElementById("announce");
		if (region) region.textContent = text;
	};

	// Menus are details elements: a click elsewhere or Escape closes them.
	document.addEventListener("click", (event) => {
		for (const menu of document.querySelectorAll("details.menu[open]")) {
			if (!menu.contains(event.target)) menu.open = false;
		}
		const copy = event.target.closest("[data-copy]");
		if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => say("Copied"), () => say("Could not copy"));
	});
	document.addEventListener("keydown", (event) => {
		if (event.key !== "Escape") return;
		const menu = document.querySelector("details.menu[open]");
		if (!menu) return;
		menu.open = false;
		menu.querySelector("summary").focus();
	});

	// The table says that new rows are on their way, and focus stays where it was or goes to what replaced it.
	let focused = "";
	document.addEventListener("htmx:before:request", () => {
		focused = document.activeElement?.id ?? "";
		document.getElementById("pbx-table")?.setAttribute("aria-busy", "true");
	});
	document.addEventListener("htmx:error", () => {
		document.getElementById("pbx-table")?.setAttribute("aria-busy", "false");
		say("The list could not be read. What you see is as it was.");
	});
	// A morph changes attributes, but not what somebody ticked or typed: the form shows the address's filters again.
	const reset = (list) => {
		for (const box of list.querySelectorAll("input[type=checkbox], input[type=radio]")) box.checked = box.defaultChecked;
		for (const option of list.querySelectorAll("option")) option.selected = option.defaultSelected;
		for (const text of list.querySelectorAll("input[type=search]")) if (text !== document.activeElement) text.value = text.defaultValue;
	};
	document.addEventListener("htmx:after:swap", () => {
		const list = document.getElementById("pbxs");
		if (list) reset(list);
		if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
	});
})();
