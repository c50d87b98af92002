import { useMemo } from 'preact/hooks';
import { Empty } from '../../components/panel.tsx';
import { countText } from '../../state/format.ts';
import { type DiffLine, diffOf } from './line-diff.ts';

const SIGNS = { same: ' ', added: '+', removed: '−' } as const;
const WORDS = { same: '', added: 'added: ', removed: 'removed: ' } as const;

/** What of one text is otherwise in another. */
export function DiffView(props: { readonly before: string; readonly after: string; readonly label: string }) {
  const { before, after, label } = props;
  const { hunks } = useMemo(() => diffOf(before, after), [before, after]);
  if (hunks.length === 0)
    return <Empty icon="check" title="Nothing is changed" text="The text is the file as it stands." />;
  return (
    <section class="diff" tabIndex={0} aria-label={label}>
      {hunks.map((hunk) => (
        <ol key={keyOf(hunk[0])} class="diff-hunk">
          {hunk.map((line) => (
            <li key={keyOf(line)} class="diff-line" data-change={line.kind}>
              <span class="diff-number" aria-hidden="true">
                {'before' in line ? line.before : ''}
              </span>
              <span class="diff-number" aria-hidden="true">
                {'after' in line ? line.after : ''}
              </span>
              <span class="diff-sign" aria-hidden="true">
                {SIGNS[line.kind]}
              </span>
              <code>
                <span class="visually-hidden">{WORDS[line.kind]}</span>
                {line.text}
              </code>
            </li>
          ))}
        </ol>
      ))}
    </section>
  );
}

function keyOf(line: DiffLine | undefined): string {
  if (line === undefined) return '';
  return 'before' in line ? `b${line.before}` : `a${line.after}`;
}

/** `3 lines added, 1 removed`. */
export function changesText(before: string, after: string): string {
  const { added, removed } = diffOf(before, after);
  const lines = (count: number): string => `${countText(count)} ${count === 1 ? 'line' : 'lines'}`;
  if (added === 0 && removed === 0) return 'nothing changed';
  if (removed === 0) return `${lines(added)} added`;
  return added === 0 ? `${lines(removed)} removed` : `${lines(added)} added, ${countText(removed)} removed`;
}
