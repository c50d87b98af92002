import { useEffect, useState } from 'preact/hooks';
import type { ConfigurationProblem } from '../../../../src/admin/services.ts';
import { ask, type Problem } from '../../api/client.ts';

/** What the gateway says of a text. `of`: the text it says it of; while another is being judged the former stays. */
export type Judgement =
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'judged'; readonly of: string; readonly problems: readonly ConfigurationProblem[] };

/** Typing that pauses for so long is judged. */
const PAUSE_MS = 300;

/** Lets the gateway judge a text whenever it changes; undefined: nothing is to be judged. */
export function useJudgement(text: string | undefined): Judgement & { readonly again: () => void } {
  const [judgement, setJudgement] = useState<Judgement>({ kind: 'none' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (text === undefined) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      ask<{ readonly problems: readonly ConfigurationProblem[] }>('POST', '/api/v1/config/validate', {
        body: { text },
        signal: abort.signal,
      }).then(
        (answer) =>
          setJudgement(
            answer.ok
              ? { kind: 'judged', of: text, problems: answer.value.problems }
              : { kind: 'failed', problem: answer.problem },
          ),
        () => undefined,
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, round]);
  return { ...judgement, again: () => setRound(round + 1) };
}
