import { WordTable } from '../word-table.ts';

/** Kinds of tokens of scripts, templates and expression languages; the letters name them in features. */
export const CODE_LETTERS = '^iKA1sb()[].,;=+$MNDHPx<>/\\Eqt%';
export const IDENT = 1;
export const KEYWORD = 2;
export const SINK = 3;
export const NUMBER = 4;
export const STRING = 5;
export const BACKTICK = 6;
export const OPEN = 7;
export const CLOSE = 8;
export const INDEX = 9;
export const INDEX_END = 10;
export const DOT = 11;
export const COMMA = 12;
export const SEMICOLON = 13;
export const ASSIGN = 14;
export const OPERATOR = 15;
export const DOLLAR = 16;
export const MUSTACHE = 17;
export const MUSTACHE_END = 18;
export const DOLLAR_HOLE = 19;
export const OTHER_HOLE = 20;
export const TAG_HOLE = 21;
export const BRACE = 22;
export const LESS = 23;
export const GREATER = 24;
export const SLASH = 25;
export const BACKSLASH = 26;
export const END = 27;
export const OPEN_STRING = 28;

export const CODE_WORDS = new WordTable([
  [
    'var let const function return new this typeof while if for throw try catch delete void in instanceof class async await yield do switch case break import export from true false null undefined',
    KEYWORD,
  ],
  [
    `alert eval prompt confirm fetch settimeout setinterval setimmediate constructor prototype __proto__ require process mainmodule child_process exec execsync spawn
    spawnsync execfile system passthru shell_exec popen proc_open pcntl_exec file_get_contents file_put_contents base64_decode phpinfo assert document window location
    cookie localstorage sessionstorage globalthis xmlhttprequest innerhtml outerhtml write writeln fromcharcode atob tostring __class__ __mro__ __base__ __bases__ __subclasses__
    __globals__ __builtins__ __import__ __init__ __getitem__ __dict__ config request self application cycler joiner lipsum namespace getclass forname getruntime runtime
    getmethod invoke newinstance classloader processbuilder java javax freemarker execute scriptenginemanager call_user_func array_map preg_replace create_function include
    include_once require_once readfile unserialize serialize getenv var_dump print_r die echo print os subprocess popen2 open read readlines globals locals getattr
    top parent frames opener navigator onerror console sleep db find insert remove drop mapreduce`,
    SINK,
  ],
]);
