/** The style of all pages. Contrast is 7:1 or more for text and 3:1 for edges, in both schemes (WCAG 2.2). */
export const STYLE = `:root {
  color-scheme: light dark;
  --page: #f4f5f7; --sheet: #ffffff; --text: #1b1f24; --quiet: #4a525c; --edge: #767f8a;
  --action: #1f4f99; --on-action: #ffffff; --fault: #9b1c1c; --fault-page: #fdf0f0; --focus: #0b57d0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --sheet: #1d2125; --text: #eceff2; --quiet: #b9c1ca; --edge: #8a949f;
    --action: #a8c7fa; --on-action: #0b1a33; --fault: #ffb4ab; --fault-page: #3a1f1f; --focus: #a8c7fa;
  }
}
* { box-sizing: border-box; }
html { font: 100%/1.5 system-ui, sans-serif; background: var(--page); color: var(--text); }
body { margin: 0; padding: 1rem; min-height: 100vh; display: grid; align-items: start; justify-items: center; }
main { width: 100%; max-width: 26rem; margin-block: 4vh; padding: 1.5rem; background: var(--sheet);
  border: 1px solid var(--edge); border-radius: 0.75rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.125rem; margin: 1.5rem 0 0.5rem; }
p { margin: 0 0 1rem; }
.service { color: var(--quiet); margin-bottom: 0.5rem; }
.quiet { color: var(--quiet); font-size: 0.9375rem; }
label { display: block; font-weight: 600; margin-bottom: 0.25rem; }
.hint { display: block; color: var(--quiet); font-size: 0.9375rem; margin-bottom: 0.25rem; }
.fault { color: var(--fault); font-weight: 600; }
.field { margin-bottom: 1rem; }
input[type=text], input[type=password] { width: 100%; min-height: 2.75rem; padding: 0.5rem 0.75rem; font: inherit;
  color: inherit; background: var(--sheet); border: 1px solid var(--edge); border-radius: 0.5rem; }
input[aria-invalid=true] { border: 2px solid var(--fault); }
.check { display: flex; gap: 0.5rem; align-items: center; min-height: 1.75rem; margin-bottom: 1rem; }
.check label { margin: 0; font-weight: 400; }
.check input { width: 1.25rem; height: 1.25rem; flex: none; accent-color: var(--action); }
button, .button { display: block; width: 100%; min-height: 2.75rem; margin: 0 0 0.75rem; padding: 0.5rem 1rem;
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
  color: var(--on-action); background: var(--action); border: 2px solid var(--action); border-radius: 0.5rem; }
button.other { color: var(--action); background: transparent; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: 0 0.75rem; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.faults { border: 2px solid var(--fault); border-radius: 0.5rem; background: var(--fault-page); padding: 0.75rem 1rem;
  margin-bottom: 1rem; }
.faults p { margin: 0; } .faults a { color: inherit; }
.or { border: 0; border-top: 1px solid var(--edge); margin: 0.5rem 0 1.25rem; }
ul.asked { list-style: none; padding: 0; margin: 0 0 1rem; }
ul.asked li { padding: 0.5rem 0; border-bottom: 1px solid var(--edge); }
code { font-size: 0.875rem; color: var(--quiet); }
code.big { display: block; font-size: 1.75rem; letter-spacing: 0.15em; text-align: center; color: var(--text); margin: 1rem 0; }
a { color: var(--action); }
[hidden] { display: none; }
@media (max-width: 24rem) { body { padding: 0.5rem; } main { padding: 1rem; margin-block: 0; } }
`;
