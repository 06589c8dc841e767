/** The style of the report: dark or light like the reader's system, and light on paper. */

const LIGHT = `
  color-scheme: light;
  --page: #ffffff; --raised: #f6f7f8; --ink: #1f2328; --muted: #5b636d; --border: #d9dde2; --grid: #e4e7ea;
  --frame: #9aa2ab; --run: #0067b8; --error: #b3261e; --warning: #8a5a00; --information: #0b5cad; --good: #1a7f37;
  --mark: #fff3cd; --heat: 0, 103, 184;`;

const DARK = `
  color-scheme: dark;
  --page: #16191d; --raised: #1f242a; --ink: #e3e7ec; --muted: #9aa4af; --border: #343b44; --grid: #2a3038;
  --frame: #5b6570; --run: #4ea6ff; --error: #ff8f84; --warning: #e3b04b; --information: #6cb6ff; --good: #6fce86;
  --mark: #4a3d12; --heat: 78, 166, 255;`;

export const STYLE = `
:root {${LIGHT}
}
@media (prefers-color-scheme: dark) { :root {${DARK}
} }
@media print { :root {${LIGHT}
} }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 32px 28px 64px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 44px 0 12px; padding-bottom: 6px; border-bottom: 1px solid var(--border); }
h3 { font-size: 15px; margin: 22px 0 6px; }
p { margin: 6px 0; max-width: 78ch; }
small, .muted { color: var(--muted); }
small { font-size: 13px; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 13px; }
code { background: var(--raised); padding: 1px 4px; border-radius: 4px; overflow-wrap: anywhere; }
.lead { font-size: 17px; margin-top: 10px; }
.state { display: inline-block; font-size: 13px; font-weight: 600; padding: 2px 10px; border-radius: 99px; border: 1px solid currentColor; vertical-align: middle; margin-left: 8px; }
.state.finished { color: var(--good); } .state.stalled, .state.diverged, .state.failed { color: var(--error); }
.state.stopped, .state.interrupted { color: var(--warning); } .state.running, .state.queued { color: var(--information); }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin: 20px 0 0; }
.tiles div { background: var(--raised); border: 1px solid var(--border); border-radius: 8px; padding: 10px 14px; }
.tiles dt { color: var(--muted); font-size: 13px; } .tiles dd { margin: 0; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; }
.tiles dd small { display: block; font-size: 12px; font-weight: 400; }
.finding { border: 1px solid var(--border); border-left: 4px solid var(--information); border-radius: 6px; padding: 10px 16px; margin: 12px 0; background: var(--raised); break-inside: avoid; }
.finding.error { border-left-color: var(--error); } .finding.warning { border-left-color: var(--warning); }
.finding h3 { margin: 0 0 4px; } .finding code { background: var(--page); }
.error .severity { color: var(--error); } .warning .severity { color: var(--warning); } .information .severity { color: var(--information); }
.diff { margin: 8px 0; padding: 8px 12px; background: var(--page); border-radius: 4px; overflow-x: auto; }
.diff del { color: var(--error); text-decoration: none; display: block; } .diff ins { color: var(--good); text-decoration: none; display: block; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 8px 0; }
.facts dt { color: var(--muted); } .facts dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 12px 40px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 540px), 1fr)); gap: 16px; }
figure { margin: 0; min-width: 0; break-inside: avoid; } figure svg { display: block; width: 100%; height: auto; }
.evaluations h3 { margin-top: 0; } .evaluations .scroll { max-height: 380px; overflow: auto; }
.scroll { overflow-x: auto; scrollbar-width: thin; scrollbar-color: var(--frame) transparent; padding-bottom: 4px; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 9px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
thead th { white-space: normal; color: var(--muted); font-weight: 600; vertical-align: bottom; border-bottom: 1px solid var(--frame); }
th:first-child { text-align: left; padding-left: 0; } tbody th { font-weight: 500; } .scroll th:first-child { position: sticky; left: 0; background: var(--page); }
td.text { text-align: left; }
.bar { display: inline-block; width: 120px; height: 9px; background: var(--grid); border-radius: 2px; vertical-align: middle; margin-right: 10px; overflow: hidden; }
.percent { display: inline-block; width: 4.8em; }
.bar i { display: block; height: 100%; background: var(--run); }
.matrix th, .matrix td { padding: 3px 7px; text-align: center; border: 0; } .matrix tbody th { text-align: right; padding-right: 10px; }
.matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; white-space: nowrap; padding: 6px 3px; border: 0; }
.matrix thead th:first-child { writing-mode: horizontal-tb; transform: none; }
.matrix td { min-width: 38px; background: rgba(var(--heat), var(--share, 0)); } .matrix td.right { outline: 1px solid var(--frame); outline-offset: -1px; font-weight: 600; }
.matrix td.strong { color: var(--page); }
.file { counter-reset: line; padding: 10px 0; background: var(--raised); border: 1px solid var(--border); border-radius: 6px; overflow-x: auto; line-height: 1.45; }
.file span { display: block; padding: 0 14px; min-height: 1.45em; } .file span::before { counter-increment: line; content: counter(line); display: inline-block; width: 3em; margin-right: 14px; text-align: right; color: var(--muted); }
.file .found { background: var(--mark); }
footer { margin-top: 48px; color: var(--muted); font-size: 13px; }
@media (max-width: 600px) { .tiles { grid-template-columns: repeat(2, 1fr); } main { padding: 20px 14px 48px; } .facts { grid-template-columns: 1fr; } .facts dd { margin-bottom: 6px; } }
@media print { body { font-size: 11px; } main { max-width: none; padding: 0; } .scroll, .evaluations .scroll { overflow: visible; max-height: none; } }
`;
