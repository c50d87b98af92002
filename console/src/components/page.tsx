import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { timeText } from '../state/format.ts';
import { lostSinceMs } from '../state/stream.ts';
import { ConnectionState } from './connection.tsx';

/** A page: its title, the question it answers, and what can be done on it. */
export function Page(props: {
  readonly title: string;
  readonly question: string;
  readonly actions?: ComponentChildren;
  /** True: the page is as high as the window, and what is in it scrolls. */
  readonly fill?: boolean;
  readonly children: ComponentChildren;
}) {
  useEffect(() => {
    document.title = `${props.title} · Sallyport`;
  }, [props.title]);
  const lostMs = lostSinceMs.value;
  return (
    <div
      class="page"
      data-fill={props.fill === true ? '' : undefined}
      data-stale={lostMs === undefined ? undefined : ''}
    >
      <header class="page-head">
        <div class="page-title">
          <h1>{props.title}</h1>
          {lostMs === undefined ? (
            <p class="page-question">{props.question}</p>
          ) : (
            <p class="page-question" role="alert">
              The gateway does not answer: this is how things stood at {timeText(lostMs)}
            </p>
          )}
        </div>
        <div class="page-actions">
          {props.actions}
          <span class="only-wide">
            <ConnectionState />
          </span>
        </div>
      </header>
      <div class="page-body">{props.children}</div>
    </div>
  );
}
