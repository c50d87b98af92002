import type { Random } from '../random.ts';
import { randomWord } from './templates.ts';

/** Words of every day, and such of them as languages of machines use as well. */
const WORDS =
  `about after again all also always and another any are around ask away back because been before best better between big blue book both box buy call can car card chair change child city close cold colour
  come cost country cup customer day deal delivery desk does done door down each early east easy end enough even evening every family far fast few field first five food foot for free fresh friend from full garden
  general get give glass go good great green group had half hand hard has have he head heavy help her here high him his holiday home hot hour house how idea if important in inside into is it its job just keep key
  kind kitchen know large last late later lead left less letter life light like line little live local long look lot low made main make man many map market may me mean meet member might mind minute more morning most
  mother move much must my name near need never new news next nice night no north not note now number of off offer office often old on once one only open or other our out outside over own page paper park part party pay
  people phone photo place plan please point possible present price problem product put quick quite rain read ready real red report rest right river road room round same say school sea second see send set several she
  shop short show side since size small so some soon south spring stay still stop story street strong such summer sun sure table take talk team tell ten than thank that the their them then there these they thing think
  this three through time to today together too town train travel tree try turn two under until up us use very view visit wait walk wall want warm was watch water way we weather week well were west what when where
  which while white who why will window winter with without woman word work world would write year yellow yes yet you young your zone`.split(
    /\s+/,
  );
const DOUBLE_MEANING =
  `select order union table index insert update delete drop where having limit join group view alter create database admin user users password script alert image link style form input button object
  system file host server network echo sleep ping kill cat find sort date time cut head tail less more id who test eval print return function class import exec null true false xor between case when then else order by`.split(
    /\s+/,
  );
const FOREIGN =
  `straße größe möchten öffnen über für schön été où être garçon mañana niño coração ação więcej źródło příliš žluť ångström småland götürmek ığdır ελλάδα τιμή заказ цена пользователь поиск 用户 订单 価格 検索 注文 가격 주문
  سعر طلب מחיר הזמנה ราคา मूल्य giá đơn`.split(/\s+/);
const JOINS = [
  ', ',
  '; ',
  ' - ',
  ' -- ',
  ' | ',
  ' / ',
  ' & ',
  ' & (',
  ': ',
  ' (',
  ') ',
  "'s ",
  '. ',
  '! ',
  '? ',
  ' "',
  '" ',
  '\n',
  ' + ',
  ' = ',
  ' > ',
  ' < ',
  '/',
  '-',
  '_',
  '% ',
  ' $',
  ' #',
  ' @',
  '*',
  ' … ',
  ' – ',
  ' → ',
  '&',
  "' ",
  " '",
];
const LIST_SIGNS = [
  '|',
  ';',
  ',',
  ' | ',
  '; ',
  '&',
  '~',
  ':',
  '::',
  '/',
  '.',
  '__',
  '--',
  '||',
  ';;',
  ' > ',
  ' & ',
  '\t',
  ',,',
];
const QUOTES = [
  ['"', '"'],
  ["'", "'"],
  ['“', '”'],
  ['`', '`'],
  ['«', '»'],
  ['„', '“'],
  ['’', '’'],
] as const;
const BRACKETS = [
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
  ['<', '>'],
] as const;
const TAGS = ['p', 'div', 'span', 'li', 'h2', 'td', 'em', 'strong', 'b', 'i', 'blockquote'];
const AGENT_WORDS = [
  'U',
  'arm64',
  'x86_64',
  'en_US',
  'de-DE',
  'scale/3.00',
  'Linux',
  'iOS 17.4',
  'Android 14',
  'compatible',
  'rv:109.0',
  'wv',
];

function word(random: Random): string {
  if (random.chance(0.1)) return random.pick(DOUBLE_MEANING);
  if (random.chance(0.12)) return random.pick(FOREIGN);
  return random.chance(0.04) ? randomWord(random) : random.pick(WORDS);
}

function number(random: Random): string {
  const whole = random.below(10 ** (1 + random.below(4)));
  return random.chance(0.2) ? `${whole}.${random.below(100)}` : String(whole);
}

const item = (random: Random): string => (random.chance(0.3) ? number(random) : word(random));

const several = (most: number, random: Random, make: (random: Random) => string): string[] =>
  Array.from({ length: 2 + random.below(most - 1) }, () => make(random));

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const SHAPES: readonly ((random: Random) => string)[] = [
  // Sentences with whatever people put between their words.
  (random) => {
    let text = capital(word(random));
    for (const next of several(16, random, item)) text += (random.chance(0.7) ? ' ' : random.pick(JOINS)) + next;
    return random.chance(0.4) ? `${text}.` : text;
  },
  (random) => several(3, random, item).join(random.pick(JOINS)),
  (random) => several(8, random, item).join(random.pick(LIST_SIGNS)),
  // Names and what they are, one to a line or in a row.
  (random) => {
    const sign = random.pick([': ', ':', '=', ' = ', ' - ', ' : ', '\t']);
    const pairs = several(
      6,
      random,
      (each) => `${random.chance(0.5) ? capital(word(each)) : word(each)}${sign}${several(3, each, item).join(' ')}`,
    );
    return pairs.join(random.pick(['\n', '\n', '; ', ', ', ' | ', '\n\n']));
  },
  (random) => {
    const [open, close] = random.pick(QUOTES);
    const [left, right] = random.pick(BRACKETS);
    return `${word(random)} ${open}${several(4, random, item).join(' ')}${close} ${word(random)} ${left}${several(3, random, item).join(' ')}${right}${random.chance(0.4) ? ` ${word(random)}` : ''}`;
  },
  (random) => {
    const row = (each: Random): string =>
      several(5, each, (cell) => (cell.chance(0.2) ? `"${word(cell)}, ${item(cell)}"` : item(cell))).join(',');
    return several(4, random, row).join('\n');
  },
  (random) => {
    const tag = random.pick(TAGS);
    return `<${tag}${random.chance(0.5) ? ` class="${word(random)}-${word(random)}"` : ''}>${several(6, random, item).join(' ')} &${random.pick(['amp', 'nbsp', 'gt', 'lt', 'ndash', 'quot'])}; ${word(random)}</${tag}>`;
  },
  (random) =>
    `https://www.${randomWord(random)}.com/${several(3, random, word).map(encodeURIComponent).join('/')}?${word(random)}=${encodeURIComponent(several(3, random, item).join(' '))}#${random.pick(WORDS)}`,
  (random) => several(5, random, (each) => `${random.pick(WORDS)}=${encodeURIComponent(item(each))}`).join('&'),
];

/** Words and numbers in no sense and in every punctuation of honest texts: that they stand together means nothing. */
export function wordSalad(random: Random): string {
  return random.pick(SHAPES)(random);
}

/** The name of a client as it might call itself. */
export function agentSalad(random: Random): string {
  const version = (): string => `${random.below(200)}.${random.below(30)}`;
  const product = (): string => `${capital(randomWord(random))}/${version()}`;
  const remark = several(4, random, (each) => (each.chance(0.6) ? each.pick(AGENT_WORDS) : item(each))).join('; ');
  return `${product()} (${remark}) ${random.chance(0.5) ? product() : ''}`.trim();
}
