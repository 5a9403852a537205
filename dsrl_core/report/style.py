"""The look of the report: one column, quiet colours, light or dark as the reader's system is."""

THEME = """
:root {
  color-scheme: light dark;
  --page: #f6f6f3; --surface: #ffffff; --ink: #1d1f23; --muted: #6c7078; --grid: #e4e4df; --faint: #b9c7d6;
  --steered: #1565c0; --base: #c2571a; --other: #8a7f72; --good: #2e7d4f; --bad: #b3402e; --chip: #eeeeea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #131518; --surface: #1b1e22; --ink: #eceded; --muted: #989da6; --grid: #2d3137; --faint: #3f5670;
    --steered: #6db0f5; --base: #f0985c; --other: #a99d8f; --good: #6cc591; --bad: #ef8b78; --chip: #262a2f;
  }
}
"""
CSS = (
    THEME
    + """
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink); -webkit-text-size-adjust: 100%;
  font: 16px/1.5 Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1080px; margin: 0 auto; padding: 40px 20px 64px; }
header p { margin: 0; color: var(--muted); }
h1 { margin: 2px 0 0; font-size: 27px; font-weight: 650; letter-spacing: -0.015em; overflow-wrap: anywhere; }
h2 { margin: 48px 0 14px; font-size: 18px; font-weight: 620; letter-spacing: -0.01em; }
h3 { margin: 0; font-size: 14.5px; font-weight: 600; }
.note, figcaption span { color: var(--muted); font-size: 13.5px; }
.card { background: var(--surface); border: 1px solid var(--grid); border-radius: 14px; padding: 20px 22px; }
.hero { margin-top: 26px; padding: 30px 30px 12px; }
.headline { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 10px 30px; }
.headline .arrow { color: var(--muted); font-size: 38px; line-height: 1.35; }
.big b { display: block; font-size: 66px; line-height: 1.05; font-weight: 680; letter-spacing: -0.045em; }
.big b small { font-size: 0.5em; font-weight: 560; letter-spacing: 0; margin-left: 0.1em; }
.big.base b { color: var(--base); }
.big.steered b { color: var(--steered); }
.big em { font-style: normal; font-weight: 560; font-size: 15px; }
.big span { display: block; color: var(--muted); font-size: 13px; }
.hero .figure { margin: 22px -10px 0; }
svg { display: block; width: 100%; height: auto; font-family: inherit; }
svg text { font-family: inherit; }
.narrow { display: none; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); margin-top: 14px;
  background: var(--surface); border: 1px solid var(--grid); border-radius: 14px; overflow: hidden; }
.tiles div { box-shadow: 1px 1px 0 var(--grid); padding: 13px 18px; }
.tiles b { display: block; font-size: 20px; font-weight: 620; letter-spacing: -0.02em; white-space: nowrap; }
.tiles span { color: var(--muted); font-size: 13px; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 14px; }
.grid .card { padding: 15px 16px 8px; }
.grid .card .note { min-height: 1.5em; margin: 0 0 6px; }
.pair { grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); }
.keys { margin: 34px 0 0; font-size: 14px; }
.keys span { margin-right: 20px; white-space: nowrap; }
.keys i { display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin: 0 7px 3px 0; }
.videos { display: grid; grid-template-columns: repeat(auto-fill, minmax(155px, 1fr)); gap: 18px 14px; }
figure { margin: 0; }
video { display: block; width: 100%; border-radius: 10px; background: #000; }
figcaption { padding: 6px 2px 0; font-size: 14px; line-height: 1.35; }
figcaption span { display: block; }
.mark { font-weight: 600; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); }
.banner { margin: 22px 0 0; padding: 12px 18px; border-radius: 12px; background: var(--chip); font-size: 15px; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14.5px; }
th { text-align: left; font-weight: 560; color: var(--muted); font-size: 13px; }
td, th { padding: 7px 14px 7px 0; border-bottom: 1px solid var(--grid); vertical-align: middle; }
tr:last-child td { border-bottom: 0; }
td.number { text-align: right; white-space: nowrap; }
th.number { text-align: right; }
td.bar { width: 38%; min-width: 110px; }
.track { position: relative; height: 8px; border-radius: 4px; background: var(--chip); }
.track i { position: absolute; top: 0; bottom: 0; left: 0; border-radius: 4px; background: var(--other); }
.track u { position: absolute; top: 3px; height: 2px; background: var(--ink); opacity: 0.55; }
.main .track i { background: var(--base); } .final .track i { background: var(--steered); }
.shares p { display: flex; justify-content: space-between; margin: 12px 0 5px; font-size: 14px; }
.shares b { font-weight: 600; } .shares { padding: 4px 0 14px; }
.shares .track i { background: var(--steered); }
code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
details { margin-top: 14px; }
details > summary { cursor: pointer; color: var(--muted); padding: 4px 0; }
details[open] > summary { margin-bottom: 8px; }
.facts td:first-child { width: 34%; color: var(--muted); }
footer { margin-top: 48px; color: var(--muted); font-size: 13px; }
@media (max-width: 640px) {
  main { padding: 24px 14px 48px; }
  .hero { padding: 22px 18px 6px; }
  .big b { font-size: 54px; }
  .headline { display: grid; grid-template-columns: 1fr 1fr; align-items: start; gap: 16px; }
  .headline .arrow { display: none; }
  .wide { display: none; } .narrow { display: block; }
  .videos { grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); }
  .bar, .interval { display: none; }
  .facts td:first-child { width: 42%; }
}
@media print { body { background: none; } .card, .tiles, figure { break-inside: avoid; } }
"""
)
