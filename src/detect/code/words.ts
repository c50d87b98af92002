import { WordTable } from '../word-table.ts';

/** Kinds of tokens of scripts, templates and expression languages; the letters name them in features. */
export const CODE_LETTERS = '^iKA1sb()[].,;=+$MNDHPx<>/\\Eq!|';
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
/** What runs text as code or a program, reads what is private, or reaches the machinery under a language. */
export const GRAVE_SINK = 29;
/** `|` by itself: a filter in templates. */
export const PIPE = 30;

export const CODE_WORDS = new WordTable([
  [
    'var let const function return new this typeof while if for throw try catch delete void in instanceof class async await yield do switch case break import export from true false null undefined',
    KEYWORD,
  ],
  [
    `eval child_process execsync spawnsync execfile execfilesync mainmodule passthru shell_exec popen popen2 popen3 popen4 proc_open pcntl_exec pcntl_fork assert
    create_function call_user_func call_user_func_array phpinfo file_put_contents highlight_file show_source parse_ini_file base64_decode gzinflate gzuncompress str_rot13 convert_uudecode
    ini_set putenv dl mb_ereg_replace register_shutdown_function register_tick_function forward_static_call fsockopen pfsockopen splfileobject directoryiterator filesystemiterator
    soapclient simplexmlelement imap_open apache_setenv posix_kill posix_getpwuid __halt_compiler expect_popen ob_start get_defined_vars get_defined_constants getallheaders
    unserialize parse_str
    __class__ __mro__ __base__ __bases__ __subclasses__ __globals__ __builtins__ __import__ __getitem__ __getattribute__ __dict__ __reduce__ __code__ __loader__ __spec__ __self__
    subprocess check_output getoutput getstatusoutput execfile globals locals builtins mro importlib import_module breakpoint pickle codecs
    getruntime processbuilder classloader getdeclaredmethod getdeclaredconstructor scriptenginemanager scriptengine getenginebyname defineclass parseclass
    groovyshell groovyclassloader javacompiler methodhandles jndi initialcontext
    public_send instance_eval class_eval module_eval define_method const_get open3 popen2e syscall at_exit
    qx sysopen
    runinnewcontext runinthiscontext runincontext _load _debugprocess dlopen process_binding sharedarraybuffer
    loadstring dofile loadfile loadlib luaopen
    wscript activexobject createobject getobject shellexecute execquery
    term_to_binary binary_to_term xp_cmdshell`,
    GRAVE_SINK,
  ],
  [
    `alert prompt confirm fetch settimeout setinterval setimmediate constructor prototype __proto__ require process mainmodule child_process exec execsync spawn
    spawnsync execfile system passthru shell_exec popen proc_open pcntl_exec file_get_contents file_put_contents base64_decode phpinfo assert document window location
    cookie localstorage sessionstorage globalthis xmlhttprequest innerhtml outerhtml write writeln fromcharcode atob tostring __class__ __mro__ __base__ __bases__ __subclasses__
    __globals__ __builtins__ __import__ __init__ __getitem__ __dict__ config request self application cycler joiner lipsum namespace getclass forname getruntime runtime
    getmethod invoke newinstance classloader processbuilder java javax freemarker execute scriptenginemanager call_user_func array_map preg_replace create_function include
    include_once require_once readfile unserialize serialize getenv var_dump print_r die echo print os subprocess popen2 open read readlines globals locals getattr
    compile extract runtime forname getmethod newinstance invoke setattr move_uploaded_file system vm
    top parent frames opener navigator onerror console sleep db find insert remove drop mapreduce`,
    SINK,
  ],
]);
