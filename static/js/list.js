// The list: selected rows and the completions of the search box.
(() => {
	// The selected rows by ID, also those of other pages. It lasts until the user leaves the list. The entry in the
	// history has it too, for a reload and for Back.
	const chosen = new Map(history.state?.chosen);
	const most = 190; // a URL has at most 200 values
	let full = false;
	const boxes = () => [...document.querySelectorAll(".row-check")];
	const choose = (box) => {
		full = box.checked && chosen.size >= most && !chosen.has(box.value);
		if (!box.checked || full) return chosen.delete(box.value);
		const value = (column) => box.closest("tr").querySelector(`[data-col="${column}"]`)?.dataset.value;
		chosen.set(box.value, { name: value("name"), url: value("url") });
	};

	// The bar reflects the selection. After a swap, the rows that are selected are ticked again.
	const show = () => {
		const bar = document.getElementById("bulk");
		if (!bar) return;
		const here = boxes();
		for (const box of here) box.checked = chosen.has(box.value);
		const ticked = here.filter((box) => box.checked).length;
		const elsewhere = chosen.size - ticked;
		bar.hidden = chosen.size === 0;
		let text = `${chosen.size} selected`;
		if (elsewhere > 0) text += `, ${elsewhere} not on this page`;
		if (full) text += `, which is the most at once`;
		const label = document.getElementById("bulk-count");
		if (label.textContent !== text) label.textContent = text;
		const head = document.getElementById("all-check");
		if (head) {
			head.checked = ticked > 0 && ticked === here.length;
			head.indeterminate = ticked > 0 && ticked < here.length;
		}
		history.replaceState({ ...history.state, chosen: [...chosen] }, "");
	};
	// Text that doesn't fit in its cell is shown at the pointer.
	document.addEventListener("mouseover", (event) => {
		const cell = event.target.closest?.(".table-fixed td, .table-fixed .name > *");
		if (cell && cell.scrollWidth > cell.clientWidth) cell.title = cell.innerText;
	});
	let last = null;
	document.addEventListener("click", (event) => {
		const box = event.target.closest?.(".row-check");
		if (!box) return;
		if (event.shiftKey && last?.isConnected) { // applies to all boxes from the last clicked one to this one
			const all = boxes();
			const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
			for (const between of all.slice(from, to + 1)) {
				between.checked = box.checked;
				choose(between);
			}
		}
		last = box;
		choose(box);
		show();
	});
	document.addEventListener("change", (event) => {
		if (!event.target.matches?.(".row-check, #all-check")) return;
		for (const box of event.target.id === "all-check" ? boxes() : [event.target]) {
			if (event.target.id === "all-check") box.checked = event.target.checked;
			choose(box);
		}
		show();
	});
	// The form has the boxes of this page. Those of other pages are added when it is sent.
	document.addEventListener("submit", (event) => {
		if (event.target.id !== "selection") return;
		for (const added of event.target.querySelectorAll("[data-added]")) added.remove();
		const here = boxes();
		const shown = new Set(here.map((box) => box.value));
		for (const id of chosen.keys()) {
			if (shown.has(id)) continue;
			const input = document.createElement("input");
			Object.assign(input, { type: "hidden", name: here[0]?.name ?? "cloudPbxId", value: id });
			input.dataset.added = "";
			event.target.append(input);
		}
	});
	document.addEventListener("click", (event) => {
		if (event.target.closest("#bulk-clear")) {
			chosen.clear();
			show();
			document.getElementById("all-check")?.focus();
		}
		const copy = event.target.closest("[data-copy-rows]");
		if (copy) {
			const texts = [...chosen.values()].map((row) => row[copy.dataset.copyRows]).filter(Boolean);
			desk.copy(texts.join("\n"), `${texts.length} copied`);
		}
		const from = event.target.closest("[data-copy-from]");
		if (from) {
			const area = document.getElementById(from.dataset.copyFrom);
			area.select();
			desk.copy(area.value);
		}
	});

	// The sorted column is in view.
	let sorted;
	const seek = () => {
		const head = document.querySelector(".table-region th[aria-sort]");
		if (!head || head.textContent === sorted) return;
		sorted = head.textContent;
		const region = head.closest(".table-region");
		const end = head.offsetLeft + head.offsetWidth + 24;
		if (end > region.scrollLeft + region.clientWidth) region.scrollLeft = end - region.clientWidth;
	};
	if (!history.state?.place) seek();
	document.addEventListener("htmx:after:swap", seek);
	document.addEventListener("htmx:after:swap", show);
	window.addEventListener("pageshow", show);

	// The panel beside the list, for its filters or columns. A change of the columns is saved at once, and the list is
	// shown again.
	const panel = () => document.getElementById("panel");
	let opener;
	document.addEventListener("click", async (event) => {
		const link = event.target.closest?.("[data-panel]");
		if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
		event.preventDefault();
		opener = link.id;
		const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
		if (!answer?.ok || answer.redirected) return location.assign(link.href);
		panel().innerHTML = await answer.text();
		panel().showPopover();
		panel().querySelector("input:not([type=hidden]):enabled").focus();
	});
	document.addEventListener("toggle", (event) => {
		const lost = document.activeElement.matches("body, main"); // after a column was dragged
		if (lost && event.target === panel() && event.newState === "closed") document.getElementById(opener).focus();
	}, true);

	// The search over the filters leaves those whose name, or one of whose values, contains the text.
	const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
	const has = (element, text) => plain(element.textContent).includes(text);
	document.addEventListener("input", (event) => {
		if (event.target.id !== "find-filter") return;
		const text = plain(event.target.value.trim());
		let found = false;
		for (const field of document.querySelectorAll("#builder .fold")) {
			const values = [...field.querySelectorAll(".fold-values > label")];
			const named = has(field.querySelector("summary span"), text);
			const some = values.some((value) => has(value, text));
			for (const value of values) value.hidden = !named && !has(value, text);
			field.hidden = !named && !some;
			field.open = "open" in field.dataset || (text !== "" && !field.hidden);
			found ||= !field.hidden;
		}
		document.getElementById("no-filter").hidden = found;
	});
	document.addEventListener("keydown", (event) => {
		if (event.target.id !== "find-filter" || event.key !== "Enter") return;
		event.preventDefault(); // rather than show the list unchanged
		const inputs = [...document.querySelectorAll("#builder .fold :is(input:not([type=hidden]), select)")];
		inputs.find((input) => input.checkVisibility())?.focus();
	});
	const save = async () => {
		const form = document.getElementById("columns-form");
		const body = new URLSearchParams(new FormData(form));
		const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
		const saved = answer?.type === "opaqueredirect";
		form.querySelector("[role=alert]").textContent = saved ? "" : "The columns could not be saved. Try again in a moment.";
		if (!saved) return;
		const url = new URL(location.href);
		url.searchParams.delete("cols");
		htmx.ajax("GET", url.pathname + url.search, { target: "#pbxs", swap: "outerMorph", source: "#live" });
	};
	const place = (row) => {
		const all = [...row.parentElement.children];
		desk.say(`${row.textContent.trim()}: ${all.indexOf(row) + 1} of ${all.length}`);
		save();
	};
	document.addEventListener("change", (event) => {
		const row = event.target.closest?.("#columns-form li");
		if (!row) return;
		const shown = [...row.parentElement.children].filter((other) => other !== row && other.querySelector(":checked"));
		shown.at(-1).after(row); // a column that is shown is the last one, and one that is hidden follows them
		event.target.focus();
		save();
	});
	document.addEventListener("click", (event) => {
		const button = event.target.closest?.("[data-move]");
		const row = button?.closest("li");
		const next = button?.dataset.move === "up" ? row.previousElementSibling : row?.nextElementSibling;
		if (!next) return;
		if (button.dataset.move === "up") next.before(row);
		else next.after(row);
		button.focus();
		place(row);
	});
	let dragged = null;
	document.addEventListener("dragstart", (event) => (dragged = event.target.closest?.("#columns-form li")));
	document.addEventListener("dragover", (event) => {
		const over = dragged && event.target.closest?.("#columns-form li");
		if (!over) return;
		event.preventDefault();
		const box = over.getBoundingClientRect();
		if (event.clientY < box.top + box.height / 2) over.before(dragged);
		else over.after(dragged);
	});
	document.addEventListener("dragend", () => {
		if (dragged) place(dragged);
		dragged = null;
	});

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
	// A filter with more values than it lists begins a search for them.
	document.addEventListener("click", (event) => {
		const word = event.target.closest?.("[data-type]");
		const box = document.getElementById("q");
		if (!word || !box || event.ctrlKey || event.metaKey || event.shiftKey) return;
		event.preventDefault();
		word.closest("details").open = false;
		box.value = `${box.value} ${word.dataset.type}`.trimStart();
		box.focus();
		complete(box);
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
