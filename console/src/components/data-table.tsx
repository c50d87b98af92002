import { signal } from '@preact/signals';
import { Component, type ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useShortcuts } from '../state/keyboard.ts';
import { go } from '../state/place.ts';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** True: its cells are the links to what the rows lead to. One column has it, where rows lead anywhere. */
  readonly main?: boolean;
  /** 1 is always shown, 2 not on a telephone, 3 only where there is much room. 1 unless told. */
  readonly priority?: 1 | 2 | 3;
  readonly align?: 'end';
  /** CSS width; columns without one share what is left. */
  readonly width?: string;
  cell(row: Row): ComponentChildren;
}

export interface DataTableProps<Row> {
  /** What the table is of, for those who do not see it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  keyOf(row: Row): string;
  /** Where a row leads. */
  hrefOf?(row: Row): string;
  /** Key of the row that is open beside the table. */
  readonly openKey?: string | undefined;
  /** True: it scrolls by itself within the window, and only what is in sight is in the document. */
  readonly tall?: boolean;
  readonly onNearEnd?: () => void;
  readonly onAtTop?: (atTop: boolean) => void;
  /** Stands over the first row, for instance that there are newer ones. */
  readonly note?: ComponentChildren;
}

/** Rows drawn beyond the edges, so that scrolling does not show a gap. */
const MARGIN_ROWS = 4;
const HEAD_PIXELS = 30;
const NEAR_END_ROWS = 60;

/** A table of any length: j and k go from row to row, Enter opens one. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { columns, rows, tall } = props;
  const scroller = useRef<HTMLElement>(null);
  const rowPixels = rowHeight();
  // Of a tall one none are drawn before it is known how many are in sight.
  const [span, setSpan] = useState({ first: 0, last: 0 });
  const [cursor, setCursor] = useState<string>();
  const wantsFocus = useRef(false);
  const callbacks = useRef(props);
  callbacks.current = props;

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || tall !== true) return;
    let frame = 0;
    const measure = (): void => {
      frame = 0;
      const first = Math.max(0, Math.floor(element.scrollTop / rowPixels) - MARGIN_ROWS);
      const last = Math.ceil((element.scrollTop + element.clientHeight) / rowPixels) + MARGIN_ROWS;
      setSpan((before) => (before.first === first && before.last === last ? before : { first, last }));
      // Whoever has a row in hand keeps it where it is.
      const row = document.activeElement?.closest('tr') ?? null;
      callbacks.current.onAtTop?.(element.scrollTop < rowPixels && !(row !== null && element.contains(row)));
      if (last > callbacks.current.rows.length - NEAR_END_ROWS) callbacks.current.onNearEnd?.();
    };
    const later = (): void => {
      if (frame === 0) frame = requestAnimationFrame(measure);
    };
    measure();
    element.addEventListener('scroll', later, { passive: true });
    element.addEventListener('focusin', later);
    element.addEventListener('focusout', later);
    const observer = new ResizeObserver(later);
    observer.observe(element);
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener('scroll', later);
      element.removeEventListener('focusin', later);
      element.removeEventListener('focusout', later);
      observer.disconnect();
    };
  }, [rowPixels, tall]);

  // Rows that came may not fill the window, and then nothing scrolls.
  useEffect(() => {
    if (tall === true && span.last > rows.length - NEAR_END_ROWS) callbacks.current.onNearEnd?.();
  }, [rows.length, span.last, tall]);

  const move = (by: number): void => {
    const at = rows.findIndex((row) => props.keyOf(row) === cursor);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (next === undefined) return;
    wantsFocus.current = true;
    setCursor(props.keyOf(next));
  };
  useShortcuts(
    props.hrefOf === undefined
      ? []
      : [
          { key: 'j', text: 'Next row', run: () => move(1) },
          { key: 'k', text: 'Row before', run: () => move(-1) },
        ],
  );
  // Run again until it is there: rows may come before it between the key and the screen, and only those in sight are drawn.
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    const at = rows.findIndex((row) => props.keyOf(row) === cursor);
    const element = scroller.current;
    if (at >= 0 && element !== null && tall === true) scrollTo(element, at * rowPixels, rowPixels);
    const link = element?.querySelector<HTMLElement>('tr[data-selected] .row-link');
    if (at >= 0 && (link === null || link === undefined)) return;
    wantsFocus.current = false;
    link?.focus({ preventScroll: tall === true });
  });

  const first = tall === true ? Math.min(span.first, Math.max(0, rows.length - 1)) : 0;
  const last = tall === true ? Math.min(span.last, rows.length) : rows.length;
  return (
    <section ref={scroller} class="table-scroll" data-tall={tall} tabIndex={0} aria-label={props.label}>
      {props.note === undefined ? null : <div class="table-new">{props.note}</div>}
      <table class="table" aria-rowcount={rows.length + 1} aria-label={props.label}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ id, title, priority, align, width }) => (
              <th
                key={id}
                scope="col"
                data-priority={priority ?? 1}
                data-align={align}
                style={width === undefined ? undefined : { width }}
              >
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap pixels={first * rowPixels} />
          {rows.slice(first, last).map((row, index) => {
            const key = props.keyOf(row);
            const href = props.hrefOf?.(row);
            return (
              <TableRow
                key={key}
                row={row}
                index={first + index}
                columns={columns}
                rowKey={key}
                href={href}
                selected={key === cursor || key === props.openKey}
              />
            );
          })}
          <Gap pixels={(rows.length - last) * rowPixels} />
        </tbody>
      </table>
    </section>
  );
}

interface TableRowProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
  readonly rowKey: string;
  readonly href: string | undefined;
  readonly selected: boolean;
}

/** A row is drawn again only where something of it changed: scrolling draws the few that come into sight. */
class TableRow<Row> extends Component<TableRowProps<Row>> {
  override shouldComponentUpdate(next: TableRowProps<Row>): boolean {
    const { row, index, columns, href, selected } = this.props;
    return (
      row !== next.row ||
      index !== next.index ||
      columns !== next.columns ||
      href !== next.href ||
      selected !== next.selected
    );
  }

  override render({ row, index, columns, rowKey, href, selected }: TableRowProps<Row>) {
    return (
      <tr
        aria-rowindex={index + 2}
        data-key={href === undefined ? undefined : rowKey}
        data-selected={selected ? '' : undefined}
        onClick={(event) => {
          if (href === undefined || hasOwnMeaning(event.target) || getSelection()?.isCollapsed === false) return;
          go(href);
        }}
      >
        {columns.map(({ id, priority, align, main, cell }) => (
          <td key={id} data-priority={priority ?? 1} data-align={align}>
            {main === true && href !== undefined ? (
              <a class="row-link" href={href}>
                {cell(row)}
              </a>
            ) : (
              cell(row)
            )}
          </td>
        ))}
      </tr>
    );
  }
}

/** Brings a row that begins at `top` into sight, beneath the head. */
function scrollTo(element: HTMLElement, top: number, rowPixels: number): void {
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + rowPixels + HEAD_PIXELS > element.scrollTop + element.clientHeight)
    element.scrollTop = top + rowPixels + HEAD_PIXELS - element.clientHeight;
}

/** Stands for rows that are out of sight. */
function Gap({ pixels }: { readonly pixels: number }) {
  if (pixels <= 0) return null;
  return (
    <tr class="gap" aria-hidden="true">
      <td style={{ height: `${pixels}px` }} />
    </tr>
  );
}

function hasOwnMeaning(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('a, button, input, select') !== null;
}

const narrow = matchMedia('(max-width: 720px)');
const isNarrow = signal(narrow.matches);
narrow.addEventListener('change', () => {
  isNarrow.value = narrow.matches;
});

/** As `--row-height` of the style says it, in pixels. */
function rowHeight(): number {
  return isNarrow.value ? 56 : 32;
}

/** The second line of a row, on a telephone: what stands in columns of its own where there is room. */
export function RowSecond({ children }: { readonly children: ComponentChildren }) {
  return isNarrow.value ? <span class="row-second">{children}</span> : null;
}
