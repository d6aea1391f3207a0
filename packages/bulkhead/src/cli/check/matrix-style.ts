/** Colours that also differ in lightness, for colour-blind readers and for print. */
export const MATRIX_STYLE = `
:root { --conflict: #c2410c; --compatible: #8ecae6; --unknown: #e3e6ea; }
@media (prefers-color-scheme: dark) { :root { --conflict: #f97316; --compatible: #1f5f7a; --unknown: #2a3037; } }
.tile.conflict { border-left-color: var(--conflict); } .tile.compatible { border-left-color: var(--compatible); }
.legend { display: flex; align-items: center; gap: .5rem; flex-wrap: wrap; }
.key { width: 1rem; height: 1rem; border-radius: 3px; margin-left: .6rem; } .key:first-child { margin-left: 0; }
.key.conflict { background: var(--conflict); } .key.compatible { background: var(--compatible); }
.key.unknown { background: var(--unknown); }
.matrix { display: grid; grid-template: auto 1fr / auto 1fr; width: max-content; max-width: 100%; max-height: 85vh;
  overflow: auto; border: 1px solid var(--line); border-radius: 6px; background: var(--paper); }
.matrix .corner { position: sticky; top: 0; left: 0; z-index: 3; background: var(--panel); }
.matrix .columns { position: sticky; top: 0; z-index: 2; display: flex; background: var(--panel); align-items: end; }
.matrix .columns span { width: var(--cell); writing-mode: vertical-rl; transform: rotate(180deg); padding: .3rem 0;
  line-height: var(--cell); max-height: 12rem; overflow: hidden; text-overflow: ellipsis; }
.matrix .rows { position: sticky; left: 0; z-index: 1; background: var(--panel); }
.matrix .rows span { display: block; height: var(--cell); line-height: var(--cell); padding: 0 .5rem; text-align: right;
  max-width: 14rem; overflow: hidden; text-overflow: ellipsis; }
.matrix span { font-size: min(13px, calc(var(--cell) - 2px)); white-space: nowrap; }
.matrix span.on { color: var(--paper); background: var(--ink); }
.matrix svg { display: block; background-color: var(--paper);
  cursor: crosshair; } .matrix svg path.conflict { fill: var(--conflict); }
.matrix svg path.compatible { fill: var(--compatible); } .matrix svg path.unknown { fill: var(--unknown); }
.matrix svg line { stroke: var(--paper); stroke-width: .06; }
.matrix svg rect { fill: none; stroke: var(--ink); stroke-width: .12; pointer-events: none; }
.bar { position: sticky; top: 0; z-index: 4; background: var(--paper); padding: .4rem 0; }
.bar label { margin-right: 1rem; } .bar input { font: inherit; }
#pair { min-height: 3rem; } #pair.pinned { color: var(--ink); font-weight: 600; }
td code { white-space: nowrap; }
`;
