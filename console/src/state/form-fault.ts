import { useState } from 'preact/hooks';
import type { Problem } from '../api/client.ts';
import { failed, putFailuresAway } from './toast.ts';

export interface FormFault {
  /** What is wrong with a field, where it is that one. */
  at(field: string): string | undefined;
  /** Before the gateway is asked anew: what it said before is over. */
  clear(): void;
  /** Stands at the field the gateway names; as a toast where the form has no such field. */
  tell(what: string, problem: Problem): void;
}

/** What the gateway found wrong with a form that has these fields. */
export function useFormFault(fields: readonly string[]): FormFault {
  const [fault, setFault] = useState<{ readonly field: string; readonly text: string }>();
  return {
    at: (field) => (fault?.field === field ? fault.text : undefined),
    clear() {
      setFault(undefined);
      putFailuresAway();
    },
    tell(what, problem) {
      const { pointer } = problem.more;
      const field = fields.find((one) => pointer === `/${one}` || String(pointer).startsWith(`/${one}/`));
      if (field === undefined) failed(what, problem);
      else setFault({ field, text: problem.detail === '' ? problem.title : problem.detail });
    },
  };
}
