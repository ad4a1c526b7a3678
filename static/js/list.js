// The list: selected rows and the completions of the search box.
(() => {
	const ticked = () => [...document.querySelectorAll(".row-check:checked")];

	// The bar reflects the checkboxes. After a swap, rows that are still in the list stay selected.
	const show = () => {
		const bar = document.getElementById("bulk");
		if (!bar) return;
		const all = document.querySelectorAll(".row-check").length;
		const count = ticked().length;
		bar.hidden = count === 0;
		const text = `${count} selected`;
		const label = document.getElementById("bulk-count");
		if (label.textContent !== text) label.textContent = text;
		const head = document.getElementById("all-check");
		if (head) {
			head.checked = count > 0 && count === all;
			head.indeterminate = count > 0 && count < all;
		}
	};
	let last = null;
	document.addEventListener("click", (event) => {
		const box = event.target.closest?.(".row-check");
		if (!box) return;
		if (event.shiftKey && last?.isConnected) { // applies to all boxes from the last clicked one to this one
			const boxes = [...document.querySelectorAll(".row-check")];
			const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
			for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
		}
		last = box;
		show();
	});
	document.addEventListener("change", (event) => {
		if (event.target.id === "all-check") {
			for (const box of document.querySelectorAll(".row-check")) box.checked = event.target.checked;
		}
		if (event.target.matches?.(".row-check, #all-check")) show();
	});
	document.addEventListener("click", (event) => {
		if (event.target.closest("#bulk-clear")) {
			for (const box of ticked()) box.checked = false;
			show();
			document.getElementById("all-check")?.focus();
		}
		const copy = event.target.closest("[data-copy-rows]");
		if (copy) {
			const cell = `[data-col="${copy.dataset.copyRows}"]`;
			const values = ticked().map((box) => box.closest("tr").querySelector(cell)?.dataset.value);
			const texts = values.filter(Boolean);
			desk.copy(texts.join("\n"), `${texts.length} copied`);
		}
		const from = event.target.closest("[data-copy-from]");
		if (from) {
			const area = document.getElementById(from.dataset.copyFrom);
			area.select();
			desk.copy(area.value);
		}
	});
	document.addEventListener("htmx:after:swap", show);
	window.addEventListener("pageshow", show);

	// Completion of qualifiers: /pbxs/complete returns the words that match the word being typed.
	let asked = 0;
	const list = () => document.querySelector("#completions:not([hidden])");
	const close = () => {
		asked++;
		if (list()) list().hidden = true;
		const box = document.getElementById("q");
		box?.setAttribute("aria-expanded", "false");
		box?.removeAttribute("aria-activedescendant");
	};
	const part = (box) => {
		const before = box.value.slice(0, box.selectionStart);
		const start = Math.max(before.lastIndexOf(" ") + 1, 0);
		return { start, text: before.slice(start) };
	};
	const take = (box, option) => {
		const { start } = part(box);
		const word = option.dataset.insert;
		box.setRangeText(word, start, box.selectionStart, "end");
		close();
		box.dispatchEvent(new Event("input", { bubbles: true })); // updates the list
		if (word.endsWith(":")) complete(box);
	};
	const complete = async (box) => {
		const { text } = part(box);
		const turn = ++asked;
		if (text.length < 2) return close();
		const headers = { "Cordboard-Background": "1", "HX-Request": "true" };
		const answer = await fetch(`/pbxs/complete?q=${encodeURIComponent(text)}`, { headers }).catch(() => null);
		if (!answer?.ok || turn !== asked || document.activeElement !== box) return;
		const html = (await answer.text()).trim();
		if (!html) return close();
		const panel = document.getElementById("completions");
		panel.innerHTML = html;
		panel.hidden = false;
		box.setAttribute("aria-controls", "completions");
		box.setAttribute("aria-expanded", "true");
	};
	document.addEventListener("input", (event) => {
		if (event.target.id === "q" && event.isTrusted) complete(event.target);
	});
	document.addEventListener("keydown", (event) => {
		if (event.target.id !== "q" || !list()) return;
		const options = [...list().children];
		let at = options.findIndex((o) => o.getAttribute("aria-selected") === "true");
		if (event.key === "Escape") {
			close();
			event.stopPropagation();
		} else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) {
			take(event.target, options[at]);
		} else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
			at = (at + (event.key === "ArrowDown" ? 1 : options.length + (at < 0 ? 0 : -1))) % options.length;
			for (const [i, o] of options.entries()) o.setAttribute("aria-selected", String(i === at));
			event.target.setAttribute("aria-activedescendant", options[at].id);
		} else return;
		event.preventDefault();
	}, true);
	document.addEventListener("mousedown", (event) => {
		const option = event.target.closest?.("#completions > *");
		if (!option) return;
		event.preventDefault(); // the box keeps its focus
		take(document.getElementById("q"), option);
	});
	document.addEventListener("focusout", (event) => {
		if (event.target.id === "q") close();
	});
})();
