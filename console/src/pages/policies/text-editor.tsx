import type { Ref } from 'preact';
import { useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { blockLines, tokensOf } from './yaml-tokens.ts';

/** As `--editor-line` of the style says it. */
const LINE_PIXELS = 20;
const MARGIN_LINES = 20;
const STEP = '  ';

export interface LineMark {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
}

export interface EditorHandle {
  /** Puts the caret there, in sight. */
  goTo(line: number, column: number): void;
}

/**
 * A text with line numbers, colours and marks. What is edited is a plain `<textarea>`; the colours lie under it, and only
 * lines in sight are drawn. Tab leaves it, as everywhere: Enter keeps the indentation, Ctrl+] and Ctrl+[ change it.
 */
export function TextEditor(props: {
  readonly text: string;
  readonly label: string;
  readonly describedBy?: string;
  readonly marks: readonly LineMark[];
  readonly readOnly: boolean;
  readonly onInput: (text: string) => void;
  readonly onNextMark?: () => void;
  readonly handle: Ref<EditorHandle>;
}) {
  const { text, marks } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const lines = useMemo(() => text.split('\n'), [text]);
  const blocks = useMemo(() => blockLines(lines), [lines]);
  const widest = useMemo(() => lines.reduce((most, line) => Math.max(most, line.length), 0), [lines]);
  const span = useLinesInSight(scroller);
  const caret = useRef<HTMLSpanElement>(null);
  const isReplaced = useWholeReplacements(area);
  useImperativeHandle(
    props.handle,
    () => ({
      goTo(line, column) {
        const element = area.current;
        if (element === null) return;
        const before = element.value.split('\n').slice(0, line - 1);
        const start = before.reduce((sum, one) => sum + one.length + 1, 0) + Math.max(0, column - 1);
        element.focus({ preventScroll: true });
        element.setSelectionRange(start, start);
        scroller.current?.scrollTo({ top: Math.max(0, (line - 4) * LINE_PIXELS), left: 0 });
      },
    }),
    [],
  );
  useLayoutEffect(() => {
    const [element, sheet] = [area.current, scroller.current];
    if (element === null || sheet === null) return;
    const isForeign = element.value !== text;
    // Set here and not as an attribute: an unchanged value leaves caret and undo alone.
    if (isForeign) element.value = text;
    if (isForeign || isReplaced.current) sheet.scrollLeft = 0;
    isReplaced.current = false;
    // What was put in before the sheet had room for it has scrolled the text away from its colours.
    element.scrollTo(0, 0);
    if (!isForeign && document.activeElement === element) bringIntoSight(caret.current, element);
  }, [text]);
  const last = Math.min(lines.length, span.last);
  const drawn = lines.slice(Math.min(span.first, last), last);
  return (
    <div ref={scroller} class="editor">
      <div
        class="editor-sheet"
        style={{ height: `${lines.length * LINE_PIXELS}px`, minWidth: `calc(${widest}ch + 5rem)` }}
      >
        <div class="editor-lines" aria-hidden="true" style={{ transform: `translateY(${span.first * LINE_PIXELS}px)` }}>
          {drawn.map((line, index) => {
            const number = span.first + index + 1;
            const mark = markOf(marks, number);
            return (
              <div key={number} class="editor-line" data-mark={mark?.severity}>
                <span class="editor-number">{number}</span>
                <code class="editor-code">
                  {tokensOf(line, blocks[number - 1] === 1).map(({ kind, text: part }, at) => (
                    // Parts of a line have no other name than their place.
                    <span key={at} data-token={kind === 'plain' ? undefined : kind}>
                      {part}
                    </span>
                  ))}
                </code>
              </div>
            );
          })}
        </div>
        <span ref={caret} class="editor-caret" aria-hidden="true" />
        <textarea
          ref={area}
          class="editor-text"
          aria-label={props.label}
          aria-describedby={props.describedBy}
          aria-invalid={marks.some(({ severity }) => severity === 'error')}
          readOnly={props.readOnly}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          wrap="off"
          onInput={(event) => props.onInput(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'F8') {
              event.preventDefault();
              props.onNextMark?.();
            } else if (!props.readOnly && indent(event)) event.preventDefault();
          }}
        />
      </div>
    </div>
  );
}

function markOf(marks: readonly LineMark[], line: number): LineMark | undefined {
  const here = marks.filter((mark) => mark.line === line);
  return here.find(({ severity }) => severity === 'error') ?? here[0];
}

function useLinesInSight(scroller: { readonly current: HTMLDivElement | null }): { first: number; last: number } {
  const [span, setSpan] = useState({ first: 0, last: 80 });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let frame = 0;
    const measure = (): void => {
      frame = 0;
      const first = Math.max(0, Math.floor(element.scrollTop / LINE_PIXELS) - MARGIN_LINES);
      const last = Math.ceil((element.scrollTop + element.clientHeight) / LINE_PIXELS) + MARGIN_LINES;
      setSpan((before) => (before.first === first && before.last === last ? before : { first, last }));
    };
    const later = (): void => {
      if (frame === 0) frame = requestAnimationFrame(measure);
    };
    measure();
    element.addEventListener('scroll', later, { passive: true });
    const observer = new ResizeObserver(later);
    observer.observe(element);
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener('scroll', later);
      observer.disconnect();
    };
  }, [scroller]);
  return span;
}

/** Whether all of the text was selected when it was last about to change. */
function useWholeReplacements(area: { readonly current: HTMLTextAreaElement | null }): { current: boolean } {
  const isReplaced = useRef(false);
  useEffect(() => {
    const element = area.current;
    if (element === null) return;
    const look = (): void => {
      isReplaced.current = element.selectionStart === 0 && element.selectionEnd === element.value.length;
    };
    element.addEventListener('beforeinput', look);
    return () => element.removeEventListener('beforeinput', look);
  }, [area]);
  return isReplaced;
}

/** Scrolls to the caret as little as it takes. Where it stands the browser does not tell: `mark` is put there. */
function bringIntoSight(mark: HTMLElement | null, { value, selectionEnd }: HTMLTextAreaElement): void {
  const before = value.slice(0, selectionEnd).split('\n');
  if (mark === null) return;
  mark.style.top = `${(before.length - 1) * LINE_PIXELS}px`;
  mark.style.marginLeft = `${before.at(-1)?.length ?? 0}ch`;
  mark.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

/** Enter goes on at the indentation of the line, one step further in after a colon. Whether the key was one of these. */
function indent(event: KeyboardEvent & { readonly currentTarget: HTMLTextAreaElement }): boolean {
  const area = event.currentTarget;
  const { value, selectionStart, selectionEnd } = area;
  const lineStart = value.lastIndexOf('\n', selectionStart - 1) + 1;
  const modified = event.ctrlKey || event.metaKey;
  if (event.key === 'Enter' && !modified && !event.isComposing) {
    const before = value.slice(lineStart, selectionStart);
    const own = /^ */.exec(before)?.[0] ?? '';
    type(area, `\n${own}${before.trimEnd().endsWith(':') ? STEP : ''}`);
    return true;
  }
  if (!modified || (event.key !== ']' && event.key !== '[')) return false;
  const block = value.slice(lineStart, selectionEnd);
  const moved = block
    .split('\n')
    .map((line) => (event.key === ']' ? STEP + line : line.replace(/^ {1,2}/, '')))
    .join('\n');
  area.setSelectionRange(lineStart, selectionEnd);
  type(area, moved);
  if (block.includes('\n')) area.setSelectionRange(lineStart, lineStart + moved.length);
  return true;
}

/** Puts a text in place of the selection so that the browser's own undo takes it back. */
function type(area: HTMLTextAreaElement, text: string): void {
  if (document.execCommand('insertText', false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
  area.dispatchEvent(new Event('input', { bubbles: true }));
}
