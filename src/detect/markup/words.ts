import { WordTable } from '../word-table.ts';

/** Kinds of pieces of HTML; the letters name them in features. */
export const MARKUP_LETTERS = '^Xmtu/ohyaJDwr!de"v><pSgc';
export const DANGEROUS_TAG = 1;
export const MEDIA_TAG = 2;
export const TEXT_TAG = 3;
export const UNKNOWN_TAG = 4;
export const CLOSING_TAG = 5;
export const EVENT_ATTRIBUTE = 6;
export const URL_ATTRIBUTE = 7;
export const STYLE_ATTRIBUTE = 8;
export const ATTRIBUTE = 9;
export const SCRIPT_URL = 10;
export const DATA_URL = 11;
export const WEB_URL = 12;
export const OTHER_VALUE = 13;
export const COMMENT = 14;
export const DECLARATION = 15;
export const UNFINISHED = 16;
export const BREAKOUT = 17;
export const CODE_VALUE = 18;
export const TAG_END = 19;
export const BARE_ANGLE = 20;
/** What pages have in their head: harmless until it acts for the server. */
export const PAGE_TAG = 21;
/** What makes a tag do what a header of the answer does. */
export const SERVER_ATTRIBUTE = 22;

export const TAGS = new WordTable([
  ['meta link', PAGE_TAG],
  [
    'script iframe object embed applet base frameset frame svg math xml import isindex foreignobject animate set use handler bgsound layer ilayer noscript template xss xmp plaintext portal',
    DANGEROUS_TAG,
  ],
  [
    'img image input body video audio source track details marquee form button select textarea keygen html head title table td style dialog',
    MEDIA_TAG,
  ],
  [
    'a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i ins kbd label legend li main mark nav ol option p picture pre q s samp section small span strike strong sub summary sup tbody tfoot th thead time tr tt u ul var wbr',
    TEXT_TAG,
  ],
]);

export const ATTRIBUTES = new WordTable([
  ['http-equiv', SERVER_ATTRIBUTE],
  [
    'href src action formaction data xlink:href poster background lowsrc dynsrc codebase cite longdesc ping srcdoc srcset manifest content',
    URL_ATTRIBUTE,
  ],
  ['style', STYLE_ATTRIBUTE],
]);

export const SCHEMES = new WordTable([
  ['javascript vbscript livescript mocha view-source jscript', SCRIPT_URL],
  ['data', DATA_URL],
  ['http https mailto tel ftp', WEB_URL],
]);
