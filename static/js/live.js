// Keeps an open page up to date. An event stream reports when there is new data. The page then requests itself again
// and morphs the parts that differ. Nothing runs while the page is hidden.
(() => {
	const page = () => document.querySelector("[data-snapshot]");
	if (!page() || !window.EventSource) return;
	let stream = null;
	let wanted = ""; // the snapshot to show
	const follows = () => page()?.dataset.follows ?? "snapshot"; // "operations", "package" or "overview" on other pages
	let busy = false;

	const fill = (selector, html) => {
		for (const element of document.querySelectorAll(selector)) if (element.innerHTML !== html) element.innerHTML = html;
	};

	// News about trouble appears over the page, so that the page doesn't move under the pointer. A banner that the page
	// came with keeps its place until the next page, also when the trouble is over.
	const place = document.querySelector("[data-trouble]");
	let shown = place?.innerHTML;
	const trouble = (html) => {
		if (!place || shown === html) return;
		const wasLate = place.classList.contains("late");
		const over = !html && !wasLate && place.offsetHeight;
		if (over) place.style.minHeight = `${over}px`;
		place.classList.toggle("late", Boolean(html) && (wasLate || place.offsetHeight === 0));
		shown = html;
		place.innerHTML = html;
		const add = (to, tag, className, textContent) => {
			const element = Object.assign(document.createElement(tag), { className, textContent });
			to.append(element);
			return element;
		};
		if (over) add(place, "p", "small soft", "YCM responds again.");
		if (!place.classList.contains("late")) return;
		const close = add(place.firstElementChild, "button", "btn btn-sm", "Close");
		close.addEventListener("click", () => place.replaceChildren());
	};

	const tell = (news) => {
		const fresh = document.querySelector("[data-sync-state]:not([data-of])");
		if (fresh) {
			fresh.dataset.syncState = news.state;
			fresh.className = `fresh ${news.tone}`;
		}
		fill("[data-fresh]", news.fresh);
		trouble(news.trouble);
		fill("[data-here]", news.here);
		fill("[data-open]", news.open);
		wanted = news[follows()];
		update(news.state === "never"); // the first sync arrives page by page
	};

	// An open menu or dialog delays the update until it closes, so that the user isn't interrupted.
	const inTheWay = () => document.querySelector("details.menu[open], dialog[open]");

	// While a batch runs, there is news several times a second. A page asks for itself at most every two seconds.
	const pause = 2000;
	let last = -pause;
	let later = 0;

	const update = async (anyway) => {
		const old = page();
		if (busy || !old || document.hidden || (!anyway && wanted === old.dataset.snapshot) || inTheWay()) return;
		const wait = last + pause - performance.now();
		if (wait > 0) {
			clearTimeout(later);
			later = setTimeout(() => update(anyway), wait);
			return;
		}
		busy = true;
		last = performance.now();
		const asked = wanted;
		try {
			const hit = old.contains(document.activeElement) ? document.activeElement.id : "";
			await htmx.ajax("GET", location.pathname + location.search, {
				target: `#${old.id}`, swap: "outerMorph", source: "#live",
				headers: { "Cordboard-Background": "1", "Cordboard-Parts": old.querySelector("[data-parts]")?.dataset.parts ?? "" },
			});
			if (hit && document.activeElement === document.body) {
				const next = document.getElementById(hit) ?? document.querySelector("main h1");
				if (next?.tagName === "H1") next.tabIndex = -1; // the focused element is gone, as a button that isn't needed
				next?.focus({ preventScroll: true });
			}
		} finally {
			busy = false;
			if (wanted !== asked) update(false); // newer data was announced in the meantime
		}
	};
	desk.update = () => update(true);
	// An update has a comment for each part that the page already shows, see views/parts.
	document.addEventListener("htmx:after:request", (event) => {
		const ctx = event.detail?.ctx;
		if (!ctx?.request?.headers?.["Cordboard-Parts"]) return;
		let missing = false;
		ctx.text = ctx.text.replace(/<!--same (.+?)-->/g, (_, selector) => {
			const part = document.querySelector(selector);
			missing ||= !part;
			return part?.outerHTML;
		});
		if (!missing) return;
		event.preventDefault(); // the user has changed the page in the meantime, so it asks for all parts
		document.querySelector("[data-parts]")?.remove();
		setTimeout(() => update(true));
	});
	// If the user has navigated in the meantime, the response for the old address is dropped.
	document.addEventListener("htmx:before:swap", (event) => {
		const request = event.detail?.ctx?.request;
		if (request?.headers?.["Cordboard-Background"] !== "1") return;
		if (request.action !== location.pathname + location.search) event.preventDefault();
	});
	document.addEventListener("toggle", () => setTimeout(() => update(false)), true);
	document.addEventListener("close", () => setTimeout(() => update(false)), true);

	let leaving = false; // signing out here already leads to the sign-in page, so the page must not reload
	document.addEventListener("submit", (event) => {
		if (event.target.getAttribute("action") === "/signout") leaving = true;
	});

	// If the portal can't be reached, the page says that it may be out of date. The browser opens the stream again by
	// itself unless the portal, or a proxy in front of it, has answered with an error.
	const every = 5000;
	let check = 0; // timer, or -1 while a check is under way
	let failed = 0; // number of errors since a stream was open
	const offline = (is) => {
		const notice = document.getElementById("offline");
		if (!notice || notice.hidden === !is) return;
		notice.hidden = !is;
		notice.textContent = is ? notice.dataset.text : "";
		desk.say(is ? notice.dataset.text : "Cordboard can be reached again.");
	};
	const look = async () => {
		check = stream ? -1 : 0;
		if (!stream) return; // the page is hidden
		const signal = AbortSignal.timeout(every);
		const reached = await fetch("/healthz", { cache: "no-store", signal }).then((r) => r.ok, () => false);
		check = 0;
		if (!stream) return;
		offline(!reached);
		if (!reached) check = setTimeout(look, every);
		else if (stream.readyState === EventSource.CLOSED) {
			close();
			open();
		}
	};

	const open = () => {
		if (stream || document.hidden) return;
		stream = new EventSource("/events");
		stream.addEventListener("error", () => {
			// A session that has ended is refused each time, so the page asks less and less often.
			check ||= setTimeout(look, every * 2 ** Math.min(failed++, 6));
		});
		stream.addEventListener("open", () => {
			failed = 0;
			offline(false);
		});
		stream.addEventListener("message", (event) => tell(JSON.parse(event.data)));
		stream.addEventListener("signedout", () => leaving || location.reload());
	};
	const close = () => {
		stream?.close();
		stream = null;
	};
	document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
	window.addEventListener("pagehide", close);
	window.addEventListener("pageshow", open);
	open();

	// Ages such as "12 s ago" keep counting.
	setInterval(() => {
		if (document.hidden) return;
		for (const time of document.querySelectorAll("[data-fresh] time, [data-ago] time")) {
			const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time.dateTime)) / 1000));
			if (seconds < 3600) time.textContent = seconds < 60 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ago`;
		}
	}, 5000);
})();
