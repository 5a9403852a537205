"""The look of the page: that of the report, for a window as wide as a desk's or a phone's."""

from dsrl_core.report.style import CSS as REPORT

CSS = (
    REPORT
    + """
:root { --warn: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --warn: #e3b341; } }
body { font-size: 15px; }
body, .nicegui-content { background: var(--page); color: var(--ink); }
.nicegui-content { display: block; padding: 24px 24px 64px; max-width: 1440px; margin: 0 auto; }
main { max-width: none; padding: 0; }
.board { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 3fr); gap: 14px; align-items: start; }
.column { display: grid; gap: 14px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 14px; }
.card { padding: 16px 18px; min-width: 0; }
.card h2 { margin: 0 0 8px; font-size: 15px; line-height: 1.4; }
.card h2 + * { margin-top: 0; }
.card .buttons + div { margin-top: 10px; }
.card p { margin: 0 0 6px; }
h1 { line-height: 1.25; }
header .phase { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 16px; margin: 6px 0 7px; }
header .phase .left { color: var(--muted); }
header .track i { background: var(--steered); transition: width 0.4s; }
header .note { margin: 5px 0 0; }
.tiles { margin: 14px 0; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); }
.banner { margin: 0 0 16px; } .banner p { margin: 4px 0 0; } .banner.done { border-left: 4px solid var(--good); }
.banner a { color: var(--steered); margin-left: 8px; }
.chip { display: inline-block; background: var(--chip); border-radius: 7px; padding: 1px 9px; font-size: 13px;
  font-weight: 600; margin-right: 6px; letter-spacing: 0; vertical-align: 2px; }
h1 .chip { margin-left: 12px; }
.warn { color: var(--warn); } .muted { color: var(--muted); }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 5px; background: currentColor;
  margin-right: 8px; }
td .dot { margin-right: 0; }
.chart { width: 100%; height: 190px; } .chart.tall { height: 330px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; color: var(--muted); font-size: 13px; }
.legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px;
  vertical-align: 3px; }
.cameras { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 180px), 1fr)); gap: 12px; }
.cameras figure { background: #0d0f12; border-radius: 10px; overflow: hidden; position: relative; }
.cameras img { display: block; width: 100%; max-height: 420px; object-fit: contain; min-height: 120px; }
.cameras img.small { image-rendering: pixelated; }
.cameras figcaption { position: absolute; left: 0; bottom: 0; padding: 2px 9px; color: #fff; font-size: 12.5px;
  background: rgb(0 0 0 / 0.55); border-top-right-radius: 8px; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }
.buttons button { font: inherit; font-size: 14px; font-weight: 560; padding: 6px 13px; border-radius: 9px;
  cursor: pointer; border: 1px solid var(--grid); background: var(--chip); color: var(--ink); min-height: 36px; }
.buttons button:hover:not(:disabled) { border-color: var(--muted); }
.buttons button:disabled { opacity: 0.42; cursor: not-allowed; }
.buttons button.stop:not(:disabled) { background: var(--bad); border-color: var(--bad); color: #fff; }
@media (prefers-color-scheme: dark) { .buttons button.stop:not(:disabled) { color: #1b1e22; } }
.card h3 { margin: 12px 0 2px; } .card h2 + div > h3:first-child { margin-top: 0; }
.card table { font-size: 13.5px; } td, th { padding: 5px 10px 5px 0; }
td:last-child, th:last-child { padding-right: 0; }
td.bar { width: 34%; min-width: 60px; }
.scroll td, .scroll th { white-space: nowrap; }
.nicegui-echart { width: 100%; }
#popup { top: 0; bottom: auto; left: 50%; transform: translateX(-50%); margin: 12px 0; padding: 10px 22px 10px 54px;
  border: 1px solid var(--bad); border-radius: 12px; background: var(--surface) !important; z-index: 10; }
#popup[aria-hidden="false"] { transition-delay: 300ms; }
body:has(#popup[aria-hidden="false"]) .board { opacity: 0.4; filter: grayscale(1); pointer-events: none;
  transition: opacity 0.4s 0.3s; }
@media (max-width: 900px) {
  .board { grid-template-columns: minmax(0, 1fr); }
  .near { order: -1; }
  .nicegui-content { padding: 14px 12px 48px; }
  .chart.tall { height: 260px; }
  .buttons button { min-height: 44px; flex: 1 1 auto; }
  .bar { display: table-cell; }
}
"""
)
