// Charts answer the pointer, a touch and the arrow keys with the value at that time. Without this script, a chart is a
// picture with a summary.
(() => {
	const number = (n) => Number(n).toLocaleString("en-US");

	// show marks the value at index i of a chart, or none if i is negative, and says it in words.
	const show = (plot, i) => {
		const out = plot.closest("figure").querySelector("[data-readout]");
		const [cursor, dot] = plot.querySelectorAll(".chart-cursor, .chart-dot");
		out.dataset.still ??= out.textContent;
		if (i < 0) {
			out.textContent = out.dataset.still;
			cursor.removeAttribute("d");
			dot.removeAttribute("d");
			return;
		}
		const values = plot.dataset.values.split(" ");
		const limits = plot.dataset.limits.split(" ");
		const limit = limits[limits.length > 1 ? i : 0];
		const [first, step, min, max, bottom, top] = plot.dataset.scale.split(" ").map(Number);
		const x = first + i * step;
		const box = cursor.ownerSVGElement.viewBox.baseVal;
		cursor.setAttribute("d", `M${x} 0V${box.height}`);
		let text = "no reading";
		dot.removeAttribute("d");
		if (values[i] !== "-") {
			text = number(values[i]);
			dot.setAttribute("d", `M${x} ${bottom + ((top - bottom) * (values[i] - min)) / (max - min || 1)}h0`);
			if (limit && limit !== "-") text += ` of ${number(limit)}`;
			if (limit > 0) text += `, ${Math.trunc((values[i] / limit) * 100)}%`;
		}
		text = `${plot.closest("[data-times]").dataset.times.split("|")[i]}: ${text}`;
		out.textContent = text;
		plot.setAttribute("aria-valuenow", i);
		plot.setAttribute("aria-valuetext", text);
	};

	const count = (plot) => plot.dataset.values.split(" ").length;
	const pointed = (plot, event) => {
		const box = plot.querySelector(".chart").getBoundingClientRect();
		const inner = plot.querySelector(".chart > svg").viewBox.baseVal.width;
		const [first, step] = plot.dataset.scale.split(" ").map(Number);
		const at = ((event.clientX - box.left) / box.width) * inner;
		return Math.max(0, Math.min(count(plot) - 1, Math.round((at - first) / step)));
	};
	const plotOf = (event) => event.target.closest?.(".plot[data-values]");

	const start = () => {
		for (const plot of document.querySelectorAll(".plot[data-values]:not([role])")) {
			const picture = plot.querySelector(".chart");
			plot.setAttribute("role", "slider");
			plot.tabIndex = 0;
			plot.setAttribute("aria-label", picture.getAttribute("aria-label"));
			plot.setAttribute("aria-valuemin", 0);
			plot.setAttribute("aria-valuemax", count(plot) - 1);
			plot.setAttribute("aria-valuenow", count(plot) - 1);
			plot.setAttribute("aria-valuetext", "Use the arrow keys to read the values.");
		}
	};
	start();
	document.addEventListener("htmx:after:swap", start);

	const follow = (event) => {
		const plot = plotOf(event);
		if (plot) show(plot, pointed(plot, event));
	};
	document.addEventListener("pointermove", follow);
	document.addEventListener("pointerdown", follow);
	document.addEventListener("pointerout", (event) => {
		const plot = plotOf(event);
		const stays = event.pointerType === "touch" || plot === document.activeElement || plot?.contains(event.relatedTarget);
		if (plot && !stays) show(plot, -1);
	});
	document.addEventListener("focusin", (event) => {
		const plot = plotOf(event);
		if (plot?.matches(":focus-visible")) show(plot, count(plot) - 1);
	});
	document.addEventListener("focusout", (event) => {
		const plot = plotOf(event);
		if (plot) show(plot, -1);
	});
	document.addEventListener("keydown", (event) => {
		const plot = plotOf(event);
		if (!plot || event.ctrlKey || event.metaKey || event.altKey) return;
		const last = count(plot) - 1;
		const now = Number(plot.getAttribute("aria-valuenow"));
		const page = Math.max(1, Math.round(last / 10));
		const next = {
			ArrowLeft: now - 1, ArrowRight: now + 1, ArrowDown: now - 1, ArrowUp: now + 1,
			PageDown: now - page, PageUp: now + page, Home: 0, End: last,
		}[event.key];
		if (next === undefined) return;
		event.preventDefault();
		show(plot, Math.max(0, Math.min(last, next)));
	});
})();
