/**
 * Names the pair of a cell and its reasons, by pointer and by keys; pins it; shows only the plugins that are looked for. Without it
 * the page still shows all but these.
 */
export const PAGE_SCRIPT = `
const matrix = document.querySelector('.matrix');
if (matrix) {
  const byId = (id) => document.getElementById(id);
  const { plugins, verdicts, subjects, rows, disagreements, unsolvable } = JSON.parse(byId('data').textContent);
  const svg = matrix.querySelector('svg'), pair = byId('pair'), search = byId('search'), only = byId('only'), idle = pair.textContent;
  const cell = svg.getAttribute('width') / plugins.length;
  const labels = ['.columns', '.rows'].map((name) => [...matrix.querySelectorAll(name + ' span')]);
  const classes = { x: 'conflict', '=': 'compatible', '?': 'unknown' };
  const said = { conflict: "can't share", compatible: 'can share', unknown: 'not known' };
  const entry = (table, one, other) => table[Math.min(one, other)][Math.abs(one - other) - 1];
  const verdictOf = (one, other) => classes[entry(verdicts, one, other)];
  const partners = (one) => plugins.flatMap((_, other) => other !== one && verdictOf(one, other) === 'conflict' ? [other] : []);
  const inConflict = plugins.map((_, one) => partners(one).length > 0);
  const wantsOf = (sides, plugin) => sides.find((side) => side.plugins.includes(plugin)).wants;
  const reasons = (row, column) => {
    const [one, other] = [plugins[row], plugins[column]];
    const named = subjects[entry(rows, row, column)].map((subject) => {
      const { sides } = disagreements.find(({ about }) => about === subject);
      return subject + ': ' + wantsOf(sides, one) + ' and ' + wantsOf(sides, other);
    });
    const proved = unsolvable.filter((each) => each.plugins.length === 2 && each.plugins.includes(one) && each.plugins.includes(other));
    return [...named, ...proved.flatMap((each) => each.reasons)];
  };
  let shown = plugins.map((_, index) => index), at, isPinned = false;

  const add = (name, attributes) => {
    const made = document.createElementNS(svg.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    svg.append(made);
    return made;
  };
  const frame = add('rect', { width: 1, height: 1 });
  const draw = () => {
    const count = shown.length, side = count * cell, paths = { conflict: '', compatible: '', unknown: '' };
    for (const [y, row] of shown.entries()) for (let x = 0, end; x < count; x = end) {
      const verdictAt = (index) => shown[index] === row ? undefined : verdictOf(row, shown[index]);
      const verdict = verdictAt(x);
      for (end = x + 1; end < count && verdictAt(end) === verdict;) end += 1;
      if (verdict) paths[verdict] += 'M' + x + ' ' + y + 'h' + (end - x) + 'v1h' + (x - end) + 'z';
    }
    svg.replaceChildren();
    for (const [name, value] of Object.entries({ width: side, height: side, viewBox: '0 0 ' + count + ' ' + count })) svg.setAttribute(name, value);
    for (const [name, d] of Object.entries(paths)) add('path', { class: name, d });
    for (let line = 1; line < count; line += 1) {
      add('line', { x1: line, y1: 0, x2: line, y2: count });
      add('line', { x1: 0, y1: line, x2: count, y2: line });
    }
    svg.append(frame);
    for (const spans of labels) spans.forEach((span, index) => { span.hidden = !shown.includes(index); });
    byId('shown').textContent = count === plugins.length ? '' : count + ' of ' + plugins.length + ' plugins are shown';
  };
  const tell = () => {
    labels.forEach((spans, axis) => spans.forEach((span, index) => span.classList.toggle('on', at !== undefined && shown[at[axis]] === index)));
    frame.toggleAttribute('hidden', at === undefined);
    pair.classList.toggle('pinned', isPinned);
    if (at === undefined) { pair.textContent = idle; return; }
    frame.setAttribute('x', at[0]); frame.setAttribute('y', at[1]);
    const [column, row] = at.map((index) => shown[index]);
    if (row === column) { pair.textContent = plugins[row]; return; }
    const verdict = verdictOf(row, column), why = verdict === 'conflict' ? reasons(row, column) : [];
    pair.textContent = plugins[row] + ' and ' + plugins[column] + ': ' + said[verdict] + (why.length ? ' — ' + why.join('; ') : '') + (isPinned ? ' (pinned)' : '');
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/[\\s,]+/).filter((word) => word !== '');
    const found = plugins.flatMap((id, index) => words.length === 0 || words.some((word) => id.toLowerCase().includes(word)) ? [index] : []);
    // one plugin alone has no pairs: it is shown with those that it conflicts with
    const wanted = new Set(found.length === 1 ? [...found, ...partners(found[0])] : found);
    shown = plugins.flatMap((_, index) => wanted.has(index) && (!only.checked || inConflict[index]) ? [index] : []);
    at = undefined; isPinned = false;
    draw(); tell();
  };
  const cellAt = (event) => {
    const { left, top } = svg.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top].map((distance) => Math.min(shown.length - 1, Math.max(0, Math.floor(distance / cell))));
  };
  svg.addEventListener('mousemove', (event) => { if (!isPinned) { at = cellAt(event); tell(); } });
  svg.addEventListener('mouseleave', () => { if (!isPinned) { at = undefined; tell(); } });
  svg.addEventListener('click', (event) => {
    const clicked = cellAt(event);
    isPinned = !(isPinned && String(at) === String(clicked));
    at = clicked;
    tell();
  });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  matrix.addEventListener('keydown', (event) => {
    if (shown.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (steps[event.key]) at = at === undefined ? [0, 0] : at.map((index, axis) => Math.min(shown.length - 1, Math.max(0, index + steps[event.key][axis])));
    else if ((event.key === 'Enter' || event.key === ' ') && at !== undefined) isPinned = !isPinned;
    else if (event.key === 'Escape') { at = undefined; isPinned = false; }
    else return;
    event.preventDefault();
    tell();
    if (at !== undefined && frame.scrollIntoView) frame.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  });
  for (const input of [search, only]) input.addEventListener('input', filter);
  byId('tools').hidden = false;
  draw(); tell();
}
`;
