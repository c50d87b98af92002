import { REPLACEABLE } from './loosened-settings.ts';
import { list } from './schema-collections.ts';
import { word } from './schema-values.ts';

/** What a route, or an inner group, says otherwise than its group on purpose. */
export const replaces = list(word(REPLACEABLE), { min: 1, max: REPLACEABLE.length, unique: true });

export const REPLACES_TEXT =
  'What it says otherwise than its group on purpose. Without it another way to authenticate, a milder mode and other differences that could open something are errors.';
