/** What the pages of all commands have in common: light or dark as the reader's system is. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2024; --quiet: #60656c; --line: #d9dce1; --panel: #f6f7f9; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #111417; --ink: #e6e8eb; --quiet: #9aa1a9; --line: #2c3238; --panel: #1a1e23; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 100rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; } h3 { font-size: 1rem; margin: 1rem 0 0; }
p { margin: .3rem 0; } code, pre { font: .9em ui-monospace, monospace; }
pre { background: var(--panel); padding: .8rem; overflow-x: auto; white-space: pre-wrap; }
.quiet { color: var(--quiet); }
.tiles { display: flex; flex-wrap: wrap; gap: .7rem; margin: 1.2rem 0; }
.tile { background: var(--panel); border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 6px;
  padding: .5rem .9rem; }
.tile b { display: block; font-size: 1.4rem; } .tile span { color: var(--quiet); }
[hidden] { display: none !important; }
.wide { overflow-x: auto; } table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); }
li { margin: .2rem 0; }
`;
