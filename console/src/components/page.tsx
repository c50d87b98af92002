import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
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
  return (
    <div class="page" data-fill={props.fill === true ? '' : undefined}>
      <header class="page-head">
        <div class="page-title">
          <h1>{props.title}</h1>
          <p class="page-question">{props.question}</p>
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
