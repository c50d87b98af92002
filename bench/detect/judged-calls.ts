import type { Verdict } from '../../src/core/verdict.ts';
import type { Profile } from '../../src/detect/attack-class.ts';
import { PayloadJudge } from '../../src/detect/payload/payload-judge.ts';
import { type LearnableJudge, loadValueJudge } from '../../src/pipeline/value-judge.ts';
import type { RecordedCall } from '../../training/recorded-call.ts';

/** Judges recorded calls as a route does that has nothing but a profile: nothing learned, nothing excepted, defaults otherwise. */
export class CallJudge {
  readonly values: LearnableJudge = loadValueJudge();
  readonly #judges: Readonly<Record<Profile, PayloadJudge>>;

  constructor() {
    const judgeOf = (profile: Profile): PayloadJudge =>
      new PayloadJudge(this.values, {
        id: 'bench',
        policy: { profile, onLimit: 'scan-what-fits', onMalformed: 'refuse', suspiciousMax: 0, learn: false },
        exceptions: [],
        names: [],
        suspicions: undefined,
      });
    this.#judges = { relaxed: judgeOf('relaxed'), default: judgeOf('default'), strict: judgeOf('strict') };
  }

  verdict({ call, body }: RecordedCall, profile: Profile): Verdict {
    return this.#judges[profile].judge({
      call,
      path: call.path,
      body: { kind: 'bytes', bytes: body },
      consumer: '',
      nowMs: 0,
    });
  }

  refuses(recorded: RecordedCall, profile: Profile): boolean {
    return this.verdict(recorded, profile).kind === 'deny';
  }
}
