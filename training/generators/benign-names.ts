import type { Random } from '../random.ts';
import { type BenignSide, benignTemplatesOf, fill, type Slots } from './templates.ts';

/** Names of fields as forms and queries nest them, written by nobody who attacks. */
const NAMES: readonly string[] = [
  '«p»[«p»]',
  '«p»[«d»][«p»]',
  '«p»[«p»][«p»]',
  '«p»[«p»][«d»][«p»]',
  '«p»[files][«w».«ext»]',
  '«p»[files][src/«w».«ext»]',
  '«p»[«p»-«p»]',
  '«p»[]',
  '«p».«p»',
  '«p».«d».«p»',
  '«p».«p»[«d»].«p»',
  '«p»[«w».«ext»]',
  'columns[«d»][data]',
  'columns[«d»][search][value]',
  'columns[«d»][search][regex]',
  'order[«d»][dir]',
  'page[size]',
  'filter[«p»]',
  'filter[«p»][from]',
  'fields[«p»s]',
  'q[«p»_cont]',
  'data[attributes][«p»-«p»]',
  'x-«p».«w»',
  '«p»:«p»',
  '«p»(«p»)',
  'meta[og:«p»]',
  'config[«w».«ext»]',
  'project[files][«w»/«w».«ext»]',
  'project[«p»]',
  'settings[«p»][«w»_«p»]',
  'self[«p»]',
  'window[«p»]',
];

/** Small documents as tokens and records hold them, alone or one after the other. */
const DOCUMENTS: readonly string[] = [
  '{"alg":"«alg»"}',
  '{"alg":"«alg»","typ":"JWT"}',
  '{"alg":"«alg»","typ":"JWT"}{"sub":"«d»"}',
  '{"typ":"JWT","alg":"«alg»"}{"sub":"«w»","iat":«d»}',
  '{"alg":"«alg»"}{"sub":"«d»"}',
  '{"alg":"«alg»","kid":"«w»"}{"iss":"https://«w».example.com","aud":"«w»"}',
  '{"sub":"«d»","name":"«w» «w»"}',
  '{"«p»":"«w»"}',
  '{"«p»":"«w»"}{"«p»":"«w»"}',
  '{"«p»":"«w»","«p»":«d»}',
  '{"«p»":«d»}',
  '{"«p»":["«w»","«w»"]}',
  '{"«p»":{"«p»":"«w»"}}',
  '[{"«p»":"«w»"}]',
  '{"type":"«w»"}',
  '{"type":"«p»","«p»":"«w»"}',
  '{"@type":"Product","name":"«w»"}',
  '{"class":"«w»"}',
  '{"v":«d»,"«p»":"«w»"}',
  '{"exp":«d»,"scope":"«p»:read"}',
  '{"alg":"«alg»","jku":"https://«w».example.com/keys"}',
  '{"iss":"«w»","sub":"«w»","exp":«d»}',
  '{"«p»":null,"«p»":true}',
  '{"«p»":"«d»"}',
];

const SLOTS: Slots = {
  alg: ['HS256', 'RS256', 'ES256', 'PS256', 'EdDSA', 'none'],
  p: `user address street city order item items name title price address_attributes project settings options config data attributes meta tags product variant
    quantity first_name email phone date start end created_at sort filter page value id type status category file image locale language country currency window
    document location template prototype request session constructor method target source label color size comment author`.split(
    /\s+/,
  ),
  ext: ['json', 'js', 'ts', 'tsx', 'css', 'html', 'md', 'svg', 'yml'],
};

const BY_SIDE: Readonly<Record<BenignSide, readonly string[]>> = {
  train: benignTemplatesOf(NAMES, 'train'),
  calibration: benignTemplatesOf(NAMES, 'calibration'),
  test: benignTemplatesOf(NAMES, 'test'),
};

const DOCUMENTS_BY_SIDE: Readonly<Record<BenignSide, readonly string[]>> = {
  train: benignTemplatesOf(DOCUMENTS, 'train'),
  calibration: benignTemplatesOf(DOCUMENTS, 'calibration'),
  test: benignTemplatesOf(DOCUMENTS, 'test'),
};

/** A small document, as it is or in base64 as tokens carry it. */
export function benignDocument(side: BenignSide, random: Random): string {
  const text = fill(random.pick(DOCUMENTS_BY_SIDE[side]), SLOTS, random);
  if (random.chance(0.5)) return text;
  const parts = text.split(/(?<=\})(?=\{)/).map((part) => Buffer.from(part).toString('base64url'));
  return random.chance(0.7)
    ? [...parts, Buffer.from(random.pick(['sig', 'c2ln', 'a9'])).toString('base64url')].join('.')
    : parts.join('.');
}

export function benignName(side: BenignSide, random: Random): string {
  return fill(random.pick(BY_SIDE[side]), SLOTS, random);
}
