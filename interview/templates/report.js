"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const find = (id) => document.getElementById(id);
  let printing = false;

  /* Text from answers and rules only ever becomes text: nothing here parses HTML. */
  function make(tag, { text, ...attributes } = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    element.append(...children);
    return element;
  }

  // --- proofs as drawings ---------------------------------------------------------------------------------------------

  const GAP = { x: 46, y: 14, edge: 14 };
  const CALM = { boxes: 12, columns: 4 }; // a proof no larger than this is opened whole

  class Drawing {
    constructor(details) {
      const { nodes, lines } = data.graphs[Number(details.dataset.graph)];
      this.graph = {
        lines,
        nodes: nodes.map(([sort, kind, doubt, claim, small, against, x, y, below]) => (
          { sort, kind, doubt, claim, small, against, x, y, below }
        )),
      };
      this.canvas = details.querySelector(".canvas");
      this.paper = make("div", { class: "paper" });
      this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      this.svg.setAttribute("aria-hidden", "true");
      this.svg.setAttribute("focusable", "false");
      const list = make("ul");
      this.items = this.graph.nodes.map((node, number) => this.item(node, number));
      list.append(...this.items);
      this.paper.append(this.svg, list);
      this.canvas.append(this.paper);
      const calm = this.items.length <= CALM.boxes && this.graph.nodes.every(({ x }) => x < CALM.columns);
      this.open = this.graph.nodes.map((node, number) => number === 0 || calm);
      details.querySelector("[data-do=open]").addEventListener("click", () => this.setAll(true));
      details.querySelector("[data-do=close]").addEventListener("click", () => this.setAll(false));
      details.querySelector(".drawing").hidden = false;
      this.place();
      const [conclusion] = this.items;
      this.canvas.scrollTop = conclusion.offsetTop + (conclusion.offsetHeight - this.canvas.clientHeight) / 2;
      new ResizeObserver(() => this.place()).observe(this.canvas);
    }

    item(node, number) {
      const { texts } = data;
      const doubt = texts[node.doubt];
      const kind = make("span", { class: "kind" }, make("span", {
        text: doubt ? `${texts[node.kind]}, ${doubt}` : texts[node.kind],
      }));
      const small = node.small.map((text) => make("span", { class: "small", text: texts[text] }));
      const parts = [kind, make("span", { class: "claim", text: texts[node.claim] }), ...small];
      const style = `node ${node.sort}${node.against ? " against" : ""}`;
      if (!node.below.length) return make("li", {}, make("div", { class: style }, ...parts));
      kind.append(make("span", { class: "sign", "aria-hidden": "true" }));
      const button = make("button", { type: "button", class: style }, ...parts);
      button.addEventListener("click", () => {
        this.open[number] = !this.open[number];
        this.placeAround(number);
      });
      return make("li", {}, button);
    }

    setAll(open) {
      this.open = this.open.map(() => open);
      this.placeAround(0);
    }

    /** Place the boxes so that one of them stays where it is on the screen. */
    placeAround(number) {
      const before = this.items[number].offsetTop - this.canvas.scrollTop;
      this.place();
      this.canvas.scrollTop = this.items[number].offsetTop - before;
    }

    /** The boxes that can be reached from the conclusion through open ones. */
    shown() {
      const shown = new Set();
      const visit = (number) => {
        if (shown.has(number)) return;
        shown.add(number);
        if (this.open[number]) this.graph.nodes[number].below.forEach(visit);
      };
      visit(0);
      return shown;
    }

    place() {
      if (!this.canvas.offsetParent) return;
      const shown = this.shown();
      this.items.forEach((item, number) => {
        item.hidden = !shown.has(number);
        const node = item.firstElementChild;
        if (node.tagName === "BUTTON") {
          node.setAttribute("aria-expanded", String(this.open[number]));
          node.querySelector(".sign").textContent = this.open[number] ? "−" : `+${this.graph.nodes[number].below.length}`;
        }
      });
      const lines = this.graph.lines.filter(([start, end]) => shown.has(start) && shown.has(end) && this.open[start]);
      const { rowOf, last } = this.rows(shown, lines);
      const boxes = [...shown].map((number) => this.items[number]);
      const width = boxes[0].offsetWidth;
      const height = Math.max(...boxes.map((box) => box.offsetHeight));
      const left = (x) => GAP.edge + x * (width + GAP.x);
      const middle = (y) => GAP.edge + height / 2 + rowOf(y) * (height + GAP.y);
      shown.forEach((number) => {
        const { x, y } = this.graph.nodes[number];
        this.items[number].style.left = `${left(x)}px`;
        this.items[number].style.top = `${middle(y) - this.items[number].offsetHeight / 2}px`;
      });
      const columns = Math.max(...[...shown].map((number) => this.graph.nodes[number].x));
      this.size(left(columns) + width + GAP.edge, 2 * GAP.edge + height + last * (height + GAP.y));
      this.svg.replaceChildren(...lines.map((line) => this.path(line, left, middle, width)));
    }

    /** Close the rows that nothing shown takes up; boxes of one column stay a row apart. */
    rows(shown, lines) {
      const columns = new Map();
      const add = (x, y) => columns.set(x, (columns.get(x) ?? new Set()).add(y));
      shown.forEach((number) => add(this.graph.nodes[number].x, this.graph.nodes[number].y));
      lines.forEach(([, , through]) => through.forEach(([x, y]) => add(x, y)));
      // What is alone in its column needs no room of its own: it goes between the others.
      const sharing = [...columns.values()].filter((ys) => ys.size > 1).flatMap((ys) => [...ys]);
      const used = [...new Set(sharing)].sort((a, b) => a - b);
      const rows = [];
      used.forEach((y, place) => rows.push(place ? rows[place - 1] + Math.min(y - used[place - 1], 1) : 0));
      const last = rows.at(-1) ?? 0;
      const rowOf = (y) => {
        const place = used.findIndex((each) => each >= y);
        if (place < 0) return last;
        if (place === 0 || used[place] === y) return rows[place];
        const share = (y - used[place - 1]) / (used[place] - used[place - 1]);
        return rows[place - 1] + share * (rows[place] - rows[place - 1]);
      };
      return { rowOf, last };
    }

    size(width, height) {
      Object.assign(this.paper.style, { width: `${width}px`, height: `${height}px` });
      this.svg.setAttribute("width", width);
      this.svg.setAttribute("height", height);
    }

    path([start, end, through], left, middle, width) {
      const from = this.graph.nodes[start];
      const to = this.graph.nodes[end];
      let at = [left(from.x) + width, middle(from.y)];
      let way = `M ${at}`;
      const curve = (x, y) => {
        const bend = (at[0] + x) / 2;
        way += ` C ${bend} ${at[1]} ${bend} ${y} ${x} ${y}`;
        at = [x, y];
      };
      for (const [x, y] of through) {
        curve(left(x), middle(y));
        way += ` H ${left(x) + width}`;
        at = [left(x) + width, middle(y)];
      }
      curve(left(to.x), middle(to.y));
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", way);
      if (to.against) path.setAttribute("class", "against");
      return path;
    }
  }

  for (const details of document.querySelectorAll("details.proof")) {
    details.addEventListener("toggle", () => {
      if (details.open && !details.drawing && !printing) details.drawing = new Drawing(details);
    });
  }

  // --- the consultation, step by step ---------------------------------------------------------------------------------

  const SORTS = {
    finding: "Findings", evidence: "Evidence", red_flag: "Red flags", score: "Scores", advice: "Advice",
    scope: "Out of scope", answer: "Answers", bookkeeping: "Bookkeeping",
  };
  const { productions, facts, hypotheses, words } = data.timeline;
  const stages = data.timeline.stages.map((stage) => (
    { ...stage, moments: stage.moments.map(([agenda, known, matched]) => ({ agenda, known, matched })) }
  ));
  const factWords = new Map(facts.map(([number, , words]) => [number, words]));
  const player = document.querySelector(".player");
  const slider = find("at");
  let at = 0;
  let fired = 0;

  const minor = (production) => productions[production][1] === "bookkeeping" && !find("bookkeeping").checked;
  const firing = (moment) => moment.agenda[0];

  /** The next place to stop: before a firing that is shown, or at the end. */
  function stop(from) {
    const { moments } = stages[at];
    let place = from;
    while (place < moments.length && minor(firing(moments[place]))) place += 1;
    return place;
  }

  function stopBefore(from) {
    const { moments } = stages[at];
    let place = from - 1;
    while (place > 0 && minor(firing(moments[place]))) place -= 1;
    return Math.max(place, 0);
  }

  function show() {
    const stage = stages[at];
    const here = stage.moments[fired];
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", `${at} of ${stages.length - 1}: ${stage.question} ${stage.reply}`);
    find("count").textContent = at ? `Answer ${at} of ${stages.length - 1}` : `${stages.length - 1} answers`;
    find("asked").textContent = stage.question;
    find("replied").textContent = stage.reply;
    document.querySelectorAll(".cursor").forEach((line) => {
      line.setAttribute("x1", at + 0.5);
      line.setAttribute("x2", at + 0.5);
    });
    showAgenda(stage, here);
    showMemory(here ? here.known : stage.known);
    find("urgency").textContent = stage.urgency;
    fill("bands", stage.bands.map(([hypothesis, band]) => make("li", { text: `${hypotheses[hypothesis]}: ${words[band]}` })), "No hypothesis has a sign yet");
    fill("moved", stage.moved.map((text) => make("li", { text })), "Nothing");
    find("first").disabled = find("previous").disabled = at === 0;
    find("next").disabled = find("end").disabled = at === stages.length - 1;
    find("fire").disabled = !here;
    find("unfire").disabled = fired === stop(0);
  }

  function showAgenda(stage, here) {
    const waiting = here ? here.agenda.filter((production) => !minor(production)) : [];
    fill("agenda", waiting.map((production, place) => {
      const item = rule(production, place ? "" : "fires next", []);
      if (place + 1 < waiting.length) item.append(make("span", { class: "note why", text: why(production, waiting[place + 1]) }));
      return item;
    }), "Nothing waits");
    const done = stage.moments.slice(0, fired).filter((moment) => !minor(firing(moment)));
    fill("fired", done.map((moment) => rule(firing(moment), "", moment.matched)), "Nothing yet");
  }

  /** Why one activation stands before the next: salience is the same for all, then the place in the base decides. */
  function why(production, next) {
    return `earlier in the base: place ${productions[production][3]} before place ${productions[next][3]}`;
  }

  function rule(production, note, matched) {
    const [name, , words] = productions[production];
    const item = make("li", { "data-name": name }, make("span", { text: words }), make("code", { text: name }));
    if (note) {
      item.className = "next";
      item.append(make("span", { class: "badge", text: note }));
    }
    if (matched.length) {
      item.append(make("span", { class: "note", text: `from: ${matched.map((number) => factWords.get(number)).join("; ")}` }));
    }
    return item;
  }

  function showMemory(known) {
    const before = at ? stages[at - 1].known : 0;
    const box = find("memory");
    box.replaceChildren();
    const add = (title, found, style) => {
      if (!found.length) return;
      box.append(make("h4", { text: `${title} (${found.length})` }), make("ul", {}, ...found.map(([number, , words]) =>
        make("li", { "data-number": number, class: style }, make("span", { class: "number", text: `f-${number}` }), words))));
    };
    const here = facts.slice(0, known).map((fact, place) => ({ fact, isNew: place >= before }))
      .filter(({ fact }) => fact[1] !== "bookkeeping" || find("bookkeeping").checked);
    add("New in this step", here.filter(({ isNew }) => isNew).map(({ fact }) => fact), "new");
    for (const [sort, title] of Object.entries(SORTS)) {
      const found = here.filter(({ fact, isNew }) => !isNew && fact[1] === sort).map(({ fact }) => fact);
      add(title, found.reverse(), "old");
    }
    if (!box.childElementCount) box.append(make("p", { class: "note", text: "Empty" }));
  }

  function fill(id, items, otherwise) {
    find(id).replaceChildren(...(items.length ? items : [make("li", { class: "note", text: otherwise })]));
  }

  function go(stage) {
    at = Math.min(Math.max(stage, 0), stages.length - 1);
    fired = stop(0);
    show();
    const { question, reply, urgency, moments, moved } = stages[at];
    const count = moments.length === 1 ? "1 firing" : `${moments.length} firings`;
    find("live").textContent = `${question} ${reply}. ${count}. How soon: ${urgency}. ${moved.join(". ")}`;
  }

  function fire(place, said) {
    fired = place;
    show();
    find("live").textContent = said;
  }

  slider.addEventListener("input", () => go(Number(slider.value)));
  find("first").addEventListener("click", () => go(0));
  find("previous").addEventListener("click", () => go(at - 1));
  find("next").addEventListener("click", () => go(at + 1));
  find("end").addEventListener("click", () => go(stages.length - 1));
  find("fire").addEventListener("click", () => {
    const [, , words] = productions[firing(stages[at].moments[fired])];
    fire(stop(fired + 1), `Fired: ${words}`);
  });
  find("unfire").addEventListener("click", () => fire(stopBefore(fired), "Taken back"));
  find("bookkeeping").addEventListener("change", () => {
    fired = stop(0);
    show();
  });
  player.hidden = false;
  go(0);

  // --- paper ----------------------------------------------------------------------------------------------------------

  // What is folded up on the screen is unfolded on paper; the reasoning behind an emergency only if it was opened.
  let folded = [];
  addEventListener("beforeprint", () => {
    printing = true;
    folded = [...document.querySelectorAll("details[data-print]:not([open])")];
    folded.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => {
    folded.forEach((details) => { details.open = false; });
    printing = false;
  });
})();
