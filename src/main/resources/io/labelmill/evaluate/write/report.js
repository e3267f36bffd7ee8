(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const main = document.getElementById("main");
  const root = document.documentElement;
  const charts = [];

  // Everything from the data enters the page as text, never as markup.
  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined) node.setAttribute(name, value);
    }
    for (const child of children) {
      if (child !== null && child !== undefined) node.append(child);
    }
    return node;
  }

  const integer = new Intl.NumberFormat("en");
  function number(value) {
    if (value === null || value === undefined) return "–";
    if (Number.isInteger(value)) return integer.format(value);
    const size = Math.abs(value);
    return size !== 0 && size < 1e-4 ? value.toExponential(2) : value.toFixed(4);
  }

  function fixed(value) {
    return value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(2) : value.toFixed(4);
  }

  function section(title, explanation) {
    const node = el("section", {}, el("h2", {}, title));
    if (explanation) node.append(el("p", { class: "muted" }, explanation));
    main.append(node);
    return node;
  }

  // --- tables that sort -------------------------------------------------------------------
  function sortableTable(columns, rows, options) {
    const settings = options || {};
    const body = el("tbody");
    const headers = columns.map((column, i) => {
      const button = el("button", { type: "button" }, column.title);
      const header = el("th", { class: column.text ? "text" : null, scope: "col" }, button);
      button.addEventListener("click", () => {
        const down = header.getAttribute("aria-sort") === "descending" ||
          (column.text && header.getAttribute("aria-sort") !== "ascending");
        sort(i, down ? 1 : -1);
      });
      return header;
    });
    let order = rows.map((_, i) => i);
    let filter = "";
    function sort(column, direction) {
      headers.forEach((header) => header.removeAttribute("aria-sort"));
      headers[column].setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      order.sort((a, b) => {
        const x = rows[a][column];
        const y = rows[b][column];
        if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1;
        const difference = typeof x === "string" ? x.localeCompare(y) : x - y;
        return difference * direction || a - b;
      });
      fill();
    }
    // A column with fractions shows all its numbers with the same digits.
    const fractions = columns.map((column, j) => !column.text && !settings.mixed && rows.some((row) => row[j] !== null && !Number.isInteger(row[j])));
    const shown = settings.shown || 500;
    const more = el("p", { class: "muted" });
    function fill() {
      body.replaceChildren();
      let count = 0;
      let fitting = 0;
      for (const i of order) {
        const fits = !filter ||
          columns.some((column, j) => column.text && String(rows[i][j]).toLowerCase().includes(filter));
        if (!fits) continue;
        fitting++;
        if (count === shown) continue;
        count++;
        const row = el("tr");
        columns.forEach((column, j) => {
          const value = rows[i][j];
          const text = column.text ? (value === null ? "–" : String(value)) : fractions[j] && value !== null ? fixed(value) : number(value);
          row.append(el("td", { class: column.text ? "text" : null, title: column.text ? text : null }, text));
        });
        body.append(row);
      }
      more.textContent = fitting > count ? `${integer.format(count)} of ${integer.format(fitting)} rows are shown: sort or filter to see others.` : "";
    }
    const box = el("div");
    if (rows.length > 20) {
      const input = el("input", { type: "search", placeholder: "Filter by name", "aria-label": "Filter rows" });
      input.addEventListener("input", () => { filter = input.value.toLowerCase(); fill(); });
      box.append(el("p", {}, input));
    }
    box.append(
      el("div", { class: settings.short ? "scroll short" : "scroll" },
        el("table", { id: settings.id }, el("thead", {}, el("tr", {}, ...headers)), body)),
      more);
    // Of more rows than are shown, those that matter.
    if (settings.first !== undefined && rows.length > shown) sort(settings.first, -1); else fill();
    return box;
  }

  // --- charts -----------------------------------------------------------------------------
  function colour(name) {
    return getComputedStyle(root).getPropertyValue(name).trim();
  }

  function chart(parent, title, make, control, explanation) {
    const canvas = el("canvas", { role: "img", "aria-label": title });
    const panel = el("div", { class: "panel" },
      el("div", { class: "bar" }, el("h3", {}, title), control || null),
      el("div", { class: "chart" }, canvas));
    if (explanation) panel.append(el("p", { class: "muted" }, explanation));
    parent.append(panel);
    const entry = { canvas, make, chart: null };
    charts.push(entry);
    draw(entry);
    return entry;
  }

  function draw(entry) {
    if (entry.chart) entry.chart.destroy();
    Chart.defaults.color = colour("--muted");
    Chart.defaults.borderColor = colour("--line");
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.animation = false;
    entry.chart = new Chart(entry.canvas, entry.make());
  }

  function axis(title, extra) {
    return Object.assign({ type: "linear", title: { display: true, text: title } }, extra);
  }

  const unit = { min: 0, max: 1 };

  function lines(datasets, x, y, extra) {
    return {
      type: "line",
      data: { datasets },
      options: Object.assign({
        responsive: true, maintainAspectRatio: false, parsing: false, normalized: true,
        interaction: { mode: "nearest", intersect: false },
        scales: { x: axis(x, unit), y: axis(y, unit) },
        plugins: { legend: { display: datasets.length <= 8, labels: { boxWidth: 18, filter: (item) => item.text !== "" } } },
      }, extra),
    };
  }

  function line(label, points, name, extra) {
    return Object.assign({
      label, data: points.map(([x, y]) => ({ x, y })), borderColor: colour(name),
      backgroundColor: colour(name), borderWidth: 2, pointRadius: 0, pointHitRadius: 6, tension: 0, clip: 12,
    }, extra);
  }

  function diagonal() {
    return line("", [[0, 0], [1, 1]], "--muted", { borderDash: [4, 4], borderWidth: 1, pointHitRadius: 0 });
  }

  function select(names, onChange, label) {
    const node = el("select", { "aria-label": label });
    names.forEach((name, i) => node.append(el("option", { value: i }, name.length > 40 ? name.slice(0, 39) + "…" : name)));
    node.addEventListener("change", () => onChange(Number(node.value)));
    return node;
  }

  function curveChart(parent, title, key, x, y, withDiagonal) {
    const names = ["Every label shown", ...data.curves.map((curve) => curve.label)];
    let chosen = 0;
    let entry = null;
    const control = data.curves.length > 1
      ? select(names, (i) => { chosen = i; draw(entry); }, title + ": label") : null;
    entry = chart(parent, title, () => {
      const sets = withDiagonal ? [diagonal()] : [];
      data.curves.forEach((curve, i) => {
        const all = i === 0;
        const on = all || chosen === 0 || chosen === i + 1;
        if (!on) return;
        const faint = !all && chosen === 0 && data.curves.length > 9;
        sets.push(line(curve.label + (curve[key + "_area"] === null ? "" : " (" + number(curve[key + "_area"]) + ")"),
          curve[key], all ? "--accent" : "--second", {
            borderWidth: all ? 3 : faint ? 1 : 1.5,
            borderColor: all ? colour("--accent") : chosen === 0 ? palette(i, faint ? 0.55 : 1) : colour("--second"),
            backgroundColor: all ? colour("--accent") : chosen === 0 ? palette(i, 1) : colour("--second"),
            order: all ? 0 : 1,
            stepped: false,
          }));
      });
      return lines(sets, x, y);
    }, control);
  }

  function palette(i, alpha) {
    const dark = root.dataset.theme === "dark";
    return `hsl(${(i * 137.5) % 360} 60% ${dark ? 65 : 42}% / ${alpha})`;
  }

  // --- parts of the page ------------------------------------------------------------------
  function headline() {
    document.title = data.title + " · evaluation report";
    document.getElementById("title").textContent = data.title;
    document.getElementById("subtitle").textContent = data.subtitle;
    const node = el("div", { class: "figures", id: "figures" });
    for (const figure of data.figures) {
      node.append(el("div", { class: "figure", title: figure.reason || null },
        el("b", {}, figure.value === null ? "–" : fixed(figure.value)), el("span", {}, figure.name + (figure.note ? " · " + figure.note : ""))));
    }
    main.append(node);
    if (data.alarms.length) {
      main.append(el("div", { class: "notes alarm" }, ...data.alarms.map((note) => el("p", {}, note))));
    }
    if (data.notes.length) {
      main.append(el("div", { class: "notes" }, ...data.notes.map((note) => el("p", {}, note))));
    }
  }

  function comparison() {
    if (data.contenders.length < 2) return;
    const node = section("Side by side", "The same truth for all; the better value of a row is bold where more or less is better.");
    node.id = "side-by-side";
    const head = el("tr", {}, el("th", { class: "text" }, "Metric"),
      ...data.contenders.map((contender, i) => el("th", { title: contender.predictions }, `${i + 1} · ${contender.name}`)));
    const body = el("tbody");
    for (const row of data.comparison) {
      const values = row.values.filter((value) => value !== null);
      const best = row.better === 0 || values.length < 2 ? null
        : row.better > 0 ? Math.max(...values) : Math.min(...values);
      body.append(el("tr", {}, el("td", { class: "text" }, row.name),
        ...row.values.map((value) => el("td", { class: value !== null && value === best ? "best" : null }, number(value)))));
    }
    node.append(el("div", { class: "scroll short" }, el("table", { id: "comparison" }, el("thead", {}, head), body)));
    if (data.disagreements) {
      node.append(el("h3", { style: "margin-top: 18px" }, `Images on which they disagree: ${integer.format(data.disagreements.images)} of ${integer.format(data.disagreements.of)}`));
      node.append(gallery(data.disagreements.shown));
    }
  }

  function matrixTable(classes, cell, rowClasses, columnClasses) {
    const totals = new Map();
    for (const row of rowClasses) {
      totals.set(row, Math.max(1, data.confusion.support[row] || 1));
    }
    const table = el("table", { class: "matrix" + (columnClasses.length > 6 ? " many" : "") });
    table.append(el("thead", {}, el("tr", {}, el("th", {}, "truth \\ predicted"),
      ...columnClasses.map((column) => el("th", { title: classes(column) }, el("span", {}, classes(column)))))));
    const body = el("tbody");
    for (const row of rowClasses) {
      body.append(el("tr", {}, el("th", { title: classes(row) }, classes(row)),
        ...columnClasses.map((column) => {
          const count = cell(row, column);
          const share = count / totals.get(row);
          const strength = count === 0 ? 0 : 0.12 + 0.78 * share;
          const style = count === 0 ? null
            : `background: rgba(var(--heat${row === column ? "" : "-wrong"}), ${strength.toFixed(3)})` +
              (strength > 0.7 ? "; color: var(--surface)" : "");
          return el("td", { style, title: `${classes(row)} taken as ${classes(column)}: ${count} (${(100 * share).toFixed(1)}%)` }, count === 0 ? "" : integer.format(count));
        })));
    }
    table.append(body);
    return el("div", { class: "scroll", style: "border: 0" }, table);
  }

  function confusion() {
    const node = section("Confusion", data.confusion.explanation);
    node.id = "confusion";
    if (data.multiLabel) {
      node.append(sortableTable(
        [{ title: "Label", text: true }, { title: "True positives" }, { title: "False positives" }, { title: "False negatives" }, { title: "True negatives" }],
        data.confusion.labels, { short: true, id: "label-confusion" }));
      return;
    }
    const n = data.confusion.classes;
    const name = (i) => (i === n ? "(failed)" : data.labels[i]);
    const counts = new Map(data.confusion.cells.map(([truth, predicted, count]) => [truth * (n + 1) + predicted, count]));
    const cell = (row, column) => counts.get(row * (n + 1) + column) || 0;
    const hasFailed = data.confusion.cells.some(([, predicted]) => predicted === n);
    const all = Array.from({ length: n }, (_, i) => i);
    if (n <= 30) {
      node.append(matrixTable(name, cell, all, hasFailed ? [...all, n] : all));
    } else {
      overview(node, n, name, cell);
    }
    const pairs = data.confusion.cells.filter(([truth, predicted]) => truth !== predicted)
      .sort((a, b) => b[2] - a[2]).slice(0, 200)
      .map(([truth, predicted, count]) => [name(truth), name(predicted), count, count / Math.max(1, data.confusion.support[truth])]);
    node.append(el("h3", { style: "margin-top: 18px" }, "Most frequent confusions"));
    node.append(sortableTable(
      [{ title: "Truth", text: true }, { title: "Taken as", text: true }, { title: data.unit || "Images" }, { title: "Share of truth" }],
      pairs, { short: true, id: "pairs" }));
  }

  // Many classes: blocks of neighbours at a glance, and the classes of a block by their names.
  function overview(node, n, name, cell) {
    const canvas = el("canvas", { width: 540, height: 540, id: "overview", role: "img", "aria-label": "Confusion matrix in blocks of classes" });
    const tip = el("p", { class: "tip" }, "Move over the matrix; choose a place to see its classes.");
    const detail = el("div", { id: "detail" });
    const block = Math.ceil(n / 180);
    const blocks = Math.ceil(n / block);
    const sums = new Float64Array(blocks * blocks);
    const rowSums = new Float64Array(blocks);
    for (const [truth, predicted, count] of data.confusion.cells) {
      if (predicted === n) continue;
      sums[Math.floor(truth / block) * blocks + Math.floor(predicted / block)] += count;
      rowSums[Math.floor(truth / block)] += count;
    }
    const size = 540 / blocks;
    function paint() {
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, 540, 540);
      for (let r = 0; r < blocks; r++) {
        for (let c = 0; c < blocks; c++) {
          const sum = sums[r * blocks + c];
          if (sum === 0) continue;
          // The root keeps the rare confusions visible beside the diagonal.
          const strength = 0.15 + 0.85 * Math.sqrt(sum / rowSums[r]);
          context.fillStyle = `rgba(${colour(r === c ? "--heat" : "--heat-wrong")}, ${strength})`;
          context.fillRect(c * size, r * size, Math.max(size, 1.5), Math.max(size, 1.5));
        }
      }
    }
    paint();
    charts.push({ repaint: paint });
    function place(event) {
      const box = canvas.getBoundingClientRect();
      const at = (part, whole) => Math.min(n - 1, Math.max(0, Math.floor((part / whole) * n)));
      return [at(event.clientY - box.top, box.height), at(event.clientX - box.left, box.width)];
    }
    canvas.addEventListener("mousemove", (event) => {
      const [row, column] = place(event);
      tip.textContent = `Truth near ${name(row)}, predicted near ${name(column)}`;
    });
    function show(row, column) {
      const window = (i) => {
        const first = Math.max(0, Math.min(n - 10, i - 5));
        return Array.from({ length: Math.min(10, n) }, (_, j) => first + j);
      };
      detail.replaceChildren(el("h3", {}, `Around ${name(row)} and ${name(column)}`), matrixTable(name, cell, window(row), window(column)));
    }
    canvas.addEventListener("click", (event) => show(...place(event)));
    const wrong = data.confusion.cells.filter(([truth, predicted]) => truth !== predicted && predicted < n);
    const most = wrong.reduce((a, b) => (b[2] > a[2] ? b : a), wrong[0] || [0, 0, 0]);
    show(most[0], most[1]);
    node.append(el("div", { class: "overview" }, el("div", {}, canvas, tip), detail));
  }

  function labelsTable() {
    const node = section("Labels", "Choose a column's title to sort by it.");
    node.append(sortableTable(data.labelColumns, data.labelRows, { id: "labels", first: data.labelColumns.findIndex((column) => column.title === "Support") }));
  }

  function bars() {
    if (!data.bars || !data.bars.values.length) return;
    const values = data.bars.values;
    const grid = el("div", { class: "bars" });
    section(data.bars.title + " of each label", "Labels without a value are left out.").append(grid);
    chart(grid, data.bars.title, () => ({
      type: "bar",
      data: {
        labels: values.map(([name]) => (name.length > 24 ? name.slice(0, 23) + "…" : name)),
        datasets: [{ label: data.bars.title, data: values.map(([, value]) => value), backgroundColor: colour("--accent"), categoryPercentage: 1, barPercentage: 0.85 }],
      },
      options: {
        responsive: true, maintainAspectRatio: false,
        scales: { x: { grid: { display: false } }, y: unit },
        plugins: { legend: { display: false } },
      },
    }));
  }

  function curves() {
    if (!data.curves.length && !data.calibration && !data.sweep && !data.histograms.length && !data.curvesNote) return;
    const node = section("Curves and thresholds", data.curvesNote);
    const grid = el("div", { class: "grid" });
    node.append(grid);
    if (data.curves.length) {
      curveChart(grid, "Precision and recall", "pr", "recall", "precision", false);
      curveChart(grid, "ROC", "roc", "false positive rate", "true positive rate", true);
    }
    if (data.calibration) {
      chart(grid, "Calibration", () => {
        const bins = data.calibration.filter((bin) => bin.count > 0);
        const most = Math.max(1, ...bins.map((bin) => bin.count));
        return lines([diagonal(), line("share that is right", bins.map((bin) => [bin.confidence, bin.accuracy]), "--accent", {
          pointRadius: bins.map((bin) => 3 + 7 * Math.sqrt(bin.count / most)),
        })], "mean score of the bin", "share that is right", {
          plugins: { legend: { display: false }, tooltip: { callbacks: {
            label: (item) => item.datasetIndex === 0 ? "" : `${number(bins[item.dataIndex].confidence)} → ${number(bins[item.dataIndex].accuracy)}, ${integer.format(bins[item.dataIndex].count)} scores` } } },
        });
      }, null, "Larger points hold more scores; on the dashed line, scores are honest.");
    }
    if (data.sweep) {
      chart(grid, data.sweep.title, () => lines(
        data.sweep.series.map((series, i) => line(series.name, series.values.map((value, j) => [data.sweep.thresholds[j], value]).filter(([, value]) => value !== null), ["--accent", "--second", "--third", "--bad", "--muted"][i % 5])),
        "threshold", "value"), null, data.sweep.explanation);
    }
    if (data.histograms.length) {
      let chosen = 0;
      let entry = null;
      const logarithmic = el("input", { type: "checkbox" });
      logarithmic.addEventListener("change", () => draw(entry));
      const control = el("span", {},
        data.histograms.length > 1 ? select(data.histograms.map((one) => one.label), (i) => { chosen = i; draw(entry); }, "Histogram: label") : null,
        " ", el("label", {}, logarithmic, " log"));
      entry = chart(grid, "Scores", () => {
        const one = data.histograms[chosen];
        const bins = one.positive.length;
        return {
          type: "bar",
          data: {
            labels: one.positive.map((_, i) => (i / bins).toFixed(2)),
            datasets: [
              { label: data.histogramNames[0], data: one.positive, backgroundColor: colour("--accent"), stack: "one", categoryPercentage: 1, barPercentage: 0.95 },
              { label: data.histogramNames[1], data: one.negative, backgroundColor: colour("--second"), stack: "one", categoryPercentage: 1, barPercentage: 0.95 },
            ],
          },
          options: {
            responsive: true, maintainAspectRatio: false,
            scales: {
              x: { stacked: true, title: { display: true, text: "score, from" }, grid: { display: false } },
              y: { stacked: !logarithmic.checked, type: logarithmic.checked ? "logarithmic" : "linear", title: { display: true, text: "count" } },
            },
            plugins: { legend: { labels: { boxWidth: 18 } } },
          },
        };
      }, control);
    }
  }

  function chips(names, good) {
    const node = el("span");
    if (!names.length) node.append(el("span", { class: "muted" }, "none"));
    for (const name of names) {
      node.append(el("span", { class: "chip" + (good ? (good.includes(name) ? " good" : " bad") : "") }, name));
    }
    return node;
  }

  function gallery(images) {
    const node = el("div", { class: "gallery" });
    for (const image of images) {
      const views = image.views || [];
      const picture = el("div", { class: "picture" });
      if (views.length) {
        for (const view of views) {
          picture.append(el("span", {}, el("img", { src: view.thumbnail, alt: `${view.name}: ${image.path}` }), view.name));
        }
      } else if (image.thumbnail) {
        picture.append(el("img", { src: image.thumbnail, alt: image.path }));
      } else {
        picture.append(image.problem);
      }
      const caption = el("figcaption", {}, el("div", { class: "name", title: image.path }, image.name));
      if (!image.views) caption.append(el("div", { class: "row" }, el("span", {}, "truth"), chips(image.truth)));
      for (const prediction of image.predictions) {
        caption.append(el("div", { class: "row" }, el("span", {}, prediction.by), chips(prediction.labels, image.truth)));
        // Of one label each, another one predicted says it already.
        const missed = image.truth.filter((name) => !prediction.labels.includes(name));
        if (missed.length && (image.truth.length > 1 || prediction.labels.length !== 1)) {
          caption.append(el("div", { class: "row" }, el("span", {}, "missed"), chips(missed, [])));
        }
      }
      for (const [name, text] of image.facts) {
        caption.append(el("div", { class: "row" }, el("span", {}, name), el("span", {}, text)));
      }
      if (image.colours) {
        caption.append(el("div", {}, ...image.colours.map(([name, code]) => {
          const dot = el("i", { class: "dot" });
          dot.style.background = code;
          return el("span", { class: "chip" }, dot, name);
        })));
      }
      node.append(el("figure", { class: image.views ? "card wide" : "card" }, picture, caption));
    }
    return node;
  }

  function galleries() {
    for (const one of data.galleries) {
      if (!one.images.length) continue;
      section(one.title, one.explanation).append(gallery(one.images));
    }
  }

  function allMetrics() {
    const node = section("All metrics", (data.definitions || "Definitions are scikit-learn's.") + " A dash has its reason beside it.");
    node.append(sortableTable(
      [{ title: "Metric", text: true }, { title: "Value" }, { title: "Remark", text: true }], data.metrics, { id: "metrics" }));
    const images = section("Images");
    images.append(sortableTable([{ title: "What became of them", text: true }, { title: "Images" }, { title: "Such as", text: true }], data.images, { short: true, id: "images" }));
  }

  // --- theme ------------------------------------------------------------------------------
  function setTheme(theme) {
    root.dataset.theme = theme;
    for (const entry of charts) {
      if (entry.repaint) entry.repaint(); else draw(entry);
    }
  }

  const wanted = window.matchMedia("(prefers-color-scheme: dark)");
  root.dataset.theme = location.hash === "#dark" || (wanted.matches && location.hash !== "#light") ? "dark" : "light";
  wanted.addEventListener("change", (event) => setTheme(event.matches ? "dark" : "light"));
  document.getElementById("theme").addEventListener("click", () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"));

  headline();
  comparison();
  bars();
  labelsTable();
  confusion();
  curves();
  galleries();
  allMetrics();
})();
