/** Verdicts also differ in lightness and in their words, for colour-blind readers and for print. */
export const VERIFY_STYLE = `
:root { --passed: #15803d; --warned: #a16207; --failed: #b91c1c; --inapplicable: #60656c; --chart: #2563eb; }
@media (prefers-color-scheme: dark) {
  :root { --passed: #4ade80; --warned: #facc15; --failed: #f87171; --inapplicable: #9aa1a9; --chart: #60a5fa; }
}
body { max-width: 70rem; } a { color: inherit; }
.verdict { display: inline-block; min-width: 4.6rem; padding: 0 .5rem; border: 1px solid currentColor; border-radius: 999px;
  font-size: .85em; font-weight: 600; text-align: center; white-space: nowrap; }
.passed { color: var(--passed); } .warned { color: var(--warned); } .failed { color: var(--failed); }
.inapplicable { color: var(--inapplicable); }
.tile.passed, .tile.warned, .tile.failed, .tile.inapplicable { border-left-color: currentColor; }
.tile b { color: var(--ink); }
.checks { width: 100%; } .checks td:first-child { width: 6rem; } .checks td:last-child { text-align: right; white-space: nowrap; }
.checks h3 { margin: 0; }
.problem { margin: .5rem 0; padding: .4rem .8rem; border-left: 3px solid currentColor; background: var(--panel); }
.problem p { color: var(--ink); overflow-wrap: anywhere; } .problem p.quiet { color: var(--quiet); }
summary { cursor: pointer; } summary h2 { display: inline-block; margin: 1.2rem 0 .6rem .3rem; }
svg.memory { display: block; width: 100%; max-width: 44rem; height: auto; margin: .6rem 0; }
svg.memory polyline { fill: none; stroke: var(--chart); stroke-width: 2; vector-effect: non-scaling-stroke; }
svg.memory line { stroke: var(--line); } svg.memory text { fill: var(--quiet); font: 12px system-ui, sans-serif; }
`;
