import { GRAVE_TEXTS } from './grave-texts.ts';
import type { Structure } from './structures.ts';

/** What may look closer at a value: a literal of its list asks for it. One bit each. */
export const FAMILIES = [
  'sql',
  'markup',
  'code',
  'shell',
  'path',
  'url',
  'name',
  'filter',
  'document',
  'packed',
  'lookup',
  'line',
] as const;

export type Family = (typeof FAMILIES)[number];

/** Words that count only where they stand alone. */
const WORDS: readonly (readonly [Family, string])[] = [
  [
    'sql',
    `union select insert update delete drop truncate alter create exec execute declare merge replace shutdown where having group order limit offset from into values
    outfile dumpfile load_file benchmark sleep waitfor delay procedure analyse cast convert char chr nchar ascii substr substring mid concat concat_ws group_concat
    string_agg listagg elt make_set updatexml extractvalue exp floor rand hex unhex ord length len count null and or xor not like rlike regexp between exists case when then
    sysdate user database schema version current_user session_user system_user xp_cmdshell xp_dirtree xp_regread sp_executesql sp_oacreate sp_password openrowset openquery opendatasource
    pg_sleep pg_read_file pg_ls_dir lo_import lo_export generate_series query_to_xml xmltype dbms_pipe dbms_lock dbms_utility utl_http utl_inaddr utl_file httpuritype ctxsys drithsx
    randomblob zeroblob load_extension sqlite_master sqlite_version glob rdb$fields sysibm sysobjects syscolumns sysusers sysdatabases information_schema table_name table_schema column_name
    all_tables user_tables all_users dual mysql pg_catalog pg_shadow pg_user msysaccessobjects iif asc crypt_key regexp_substring json_keys gtid_subset json_extract json_depth st_latfromgeohash
    order_by table column tables columns password passwd username admin users true false is in by as on join inner distinct top all any some desc rownum collate binary interval if nvarchar varchar numeric`,
  ],
  [
    'markup',
    `script iframe object embed applet svg math img image input body html form base meta link style video audio source details marquee isindex keygen bgsound xml template textarea button select option a div table foreignobject animate set use`,
  ],
  [
    'code',
    `alert prompt confirm eval function settimeout setinterval fetch xmlhttprequest document window location cookie localstorage sessionstorage innerhtml outerhtml fromcharcode atob btoa constructor prototype tostring valueof self top parent globalthis frames import expression behavior vbscript javascript livescript mocha`,
  ],
  [
    'shell',
    `cat ls id whoami uname pwd ps netstat ifconfig ipconfig ping nslookup dig curl wget nc ncat netcat telnet bash sh zsh ksh csh dash python python3 perl ruby php node lua awk gawk sed grep find xargs tee head tail more less chmod chown rm mv cp mkdir touch kill env printenv export sudo su crontab ssh scp ftp tftp gcc make base64 xxd od rev tac nl cut sort uniq tr dir type cmd powershell pwsh certutil bitsadmin wmic net reg rundll32 mshta cscript wscript regsvr32 findstr systeminfo tasklist copy del xterm socat df echo printf source set timeout time`,
  ],
  [
    'code',
    `system passthru shell_exec popen proc_open pcntl_exec assert create_function call_user_func call_user_func_array array_map preg_replace include include_once require require_once file_get_contents file_put_contents fopen readfile fwrite unlink phpinfo base64_decode gzinflate str_rot13 ini_set putenv var_dump print_r serialize unserialize getenv extract move_uploaded_file die
    child_process execsync spawn spawnsync execfile process mainmodule globals locals builtins subclasses mro os subprocess popen2 importlib lambda getattr setattr
    getclass forname getruntime newinstance getmethod invoke classloader processbuilder runtime scriptenginemanager objectinputstream`,
  ],
  ['lookup', `jndi ldap ldaps rmi dns iiop corba nds nis env sys lower upper date main`],
  ['document', `entity doctype system public cdata xinclude`],
  ['filter', `objectclass uid cn sn userpassword samaccountname useraccountcontrol memberof`],
  ['url', `localhost metadata internal loopback http https`],
  ['name', `return`],
  [
    'path',
    `etc passwd shadow hosts hostname proc self environ cmdline boot windows winnt system32 inetpub htaccess htpasswd`,
  ],
];

/** Parts of text that count wherever they stand. Blanks inside of one are written as a middle dot. */
const FRAGMENTS: readonly (readonly [Family, string])[] = [
  [
    'sql',
    `union+select union/**/ /**/ /*! */ -- ' " ;-- ;# '-- "-- || && 0x @@ @@version char( chr( sleep( benchmark( pg_sleep( waitfor\u00b7delay select( count(*) (select 'or' 'and' '=' "=" 1=1 1=2 or\u00b71 and\u00b71 ::text ::int ::varchar $$ q'[ =' ='' '+' '||' ||' '|| ,' '(`,
  ],
  [
    'markup',
    `<script </script <img <svg <iframe <body <object <embed <a\u00b7 <input <form <math <style <link <meta <base <video <audio <details <marquee <div <template <noscript <textarea <title <xmp <plaintext <isindex <!-- --> <![cdata[ <?xml <? ?> <?php <?= <!doctype <!entity <%= <%\u00b7 <%- <%@ %> <x <b <i <p
    javascript: vbscript: data: data:text/html livescript: feed: mhtml: srcdoc= src= href= xlink:href formaction= action= style= onerror onload onclick onmouseover onfocus onblur onmouse onkey ontoggle onanimation ontransition onbegin onpointer onstart onwheel onscroll onresize onsubmit onchange oninput ondrag onpage onhash onmessage onunload onbefore onafter autofocus expression( url( @import -moz-binding behavior: &# &#x &lt; &colon; &tab; &newline; \\u00 \\x`,
  ],
  [
    'code',
    `alert( alert\` confirm( prompt( eval( function( settimeout( settimeout\` document. document[ window. window[ location= location. .cookie .innerhtml fromcharcode( constructor( .constructor [constructor] ["constructor"] tostring( => \`\` [] ![] !+[] +[] $( \${ }} {{ {% %} #{ *{ @{ %{ <#  #set( ={`,
  ],
  [
    'path',
    `../ ..\\ .../ ..; ..%2f ..%5c %2e%2e %252e %c0%af %c0%ae %00 %0a %0d %u /etc/ /etc/passwd /etc/shadow /etc/hosts /proc/ /proc/self /var/log /var/www /root/ /home/ /usr/bin /bin/ /bin/sh /bin/bash /dev/tcp /dev/null /tmp/ c:\\ c:/ \\windows boot.ini win.ini web.config web.xml web-inf meta-inf .htaccess .htpasswd .git/ .svn/ .env .ssh id_rsa authorized_keys .bash_history wp-config config.php .aws/ .kube .docker .npmrc .bashrc access.log error.log php.ini my.cnf httpd.conf nginx.conf /cgi-bin ::$data /var/run /run/secrets /sys/ /boot/ \\\\ .docker/ serviceaccount \u0000 ntuser.dat unattend.xml`,
  ],
  [
    'url',
    `file: file:// php:// phar:// zip:// expect:// input:// glob:// data:// jar: netdoc: gopher:// dict:// ldap:// ldaps:// tftp:// sftp:// ftp:// http:// https:// ws:// // unc\\ \\\\
    169.254.169.254 169.254. 127.0.0.1 127. 0.0.0.0 10. 192.168. 172.16. [::1] [:: ::ffff: 100.100.100.200 metadata.google latest/meta-data computemetadata .internal .local localtest.me lvh.me vcap.me nip.io xip.io sslip.io rbndr.us 1u.ms burpcollaborator oastify oast. interact.sh dnslog.cn webhook.site requestbin .consul ip6- ipv6- .onion 2130706433 0x7f 017700000001 spoofed. @127 @localhost`,
  ],
  [
    'shell',
    `$ifs \${ifs} $@ $* $? $0 $path $home /???/ >& 2>&1 >/ </ <<< <( >( ;id |id &id ;cat |cat ;ls |ls &&ls ;curl ;wget |sh |bash -c\u00b7 -e\u00b7 /c\u00b7 \n /bin/cat bin/ %comspec% %systemroot% %programdata% $env: invoke- iex( downloadstring encodedcommand -enc \u00b7-enc -executionpolicy -nop new-object net.webclient nc\u00b7-e nc\u00b7-l bash\u00b7-i python\u00b7-c perl\u00b7-e php\u00b7-r node\u00b7-e ruby\u00b7-e for\u00b7/f for\u00b7/l for\u00b7% \u00b7goto\u00b7 )\u00b7do\u00b7 \u00b7equ\u00b7 iex\u00b7 iwr\u00b7 invoke-expression invoke-webrequest invoke-command -encodedcommand -windowstyle <<<$( ;ping ;sleep |ping &ping ;nc |nc ;bash ;sh ;rm -display checkpoint-action exec:' ;echo ;env ;uname ;whoami |whoami &whoami \`id \`whoami $(id $(whoami $(cat $(curl $(sleep $(ping alias\u00b7 $u$ {cat, {ls, {curl, {wget, {ping, 0>&1 >/dev/tcp -exec\u00b7 mkfifo\u00b7 php\u00b7-s
    /? proxycommand= -oproxycommand $shell \${shell} |iex |\u00b7iex frombase64string [convert]:: ]:: \u00b7-nop \u00b7-w\u00b7hidden \u00b7hidden\u00b7 \u00b7bypass\u00b7 vbscript:execute vbscript:close javascript:close wscript.shell .run( /bin/id /usr/bin/id ;id; |id| &id& ;w; ;ver &ver |ver &&env ;env; $(w) $(env) $(ls \`ls \`cat \`uname \`curl \`ping \`sleep $(uname $(hostname \`hostname $(printenv exec: ,pty ,stderr /dev/udp --checkpoint --to-command --use-compress --rsh= --post-file --unix-socket upload-pack -wrapper\u00b7 core.sshcommand core.pager checkpoint= sh\u00b7-i sh\u00b7-c 2>/dev/null \u00b7/dev/tcp/ 0<& 1>& <&3 exec\u00b75<> <>/dev %0a\u00b7 {sleep, {id {echo, {bash, {ifconfig,`,
  ],
  [
    'code',
    `__proto__ __definegetter__ __definesetter__ __lookupgetter__ __lookupsetter__ __class__ __mro__ __subclasses__ __globals__ __builtins__ __import__ __init__ __dict__ __base__ __getitem__ constructor.prototype prototype. request. config. self. .application cycler. lipsum joiner namespace attr( |attr |join |map range( dump( \u00b7?new() freemarker .template.utility getruntime( forname( getclass( t(java java.lang java.util java.io java.net javax. org.springframework org.apache com.sun. class.module class.classloader @ognl #_memberaccess #context #request @java ognl. velocity %{# *{t( new\u00b7java xstream springframework`,
  ],
  [
    'name',
    `$ne $eq $gt $gte $lt $lte $in $nin $or $and $nor $not $where $regex $exists $expr $function $accumulator $elemmatch $size $type $mod $all $text $jsonschema $lookup $out $merge $options [$ne] [$gt] [$regex] [$where] [$in] this. return\u00b7true db. .find( .drop( .insert( ';return '||'1 ||\u00b71==1 ==1 sleep( '==' =='  "==" emit( mapreduce( .match(/ return(true) this.password this.username "$gt" "$ne" "$where" "$regex" {$gt {$ne {$where $comment: ||'1'=='1 ||\u00b7'1'=='1 new\u00b7date( getcollectionnames dropdatabase .findone tojson( .remove(`,
  ],
  [
    'filter',
    `)( *)( *)) (& (| (! (|( (&( )(| )(& )(objectclass objectclass=* uid=* cn=* =*) =*)( *)(uid \u00b7or\u00b7'1'='1 count(/ /text() //user /*[ position() text() name() name(/ string-length( starts-with( contains( node() comment() count(// /*[ //* '] )]/ := ~= >= (!( )\u00b7(\u00b7& )\u00b7( )(cn= )(uid= )(mail= )(!( :caseexactmatch:= :1.2.840. )(|( ancestor:: descendant:: child:: doc(' string( position()= name()= substring(name declare\u00b7namespace declare\u00b7variable declare\u00b7function \\28 \\29 \\2a`,
  ],
  [
    'document',
    `!entity !doctype system\u00b7" system\u00b7' public\u00b7" %xxe &xxe; %dtd xi:include xsi:schemalocation <!element <!attlist <xsl: document( xml-stylesheet`,
  ],
  [
    'packed',
    `ro0ab aced0005 \u00ac\u00ed o:4:" a:1:{ o: s: :{s: c: !!python !!java !!ruby !!javax !ruby/object !!js/function _$$nd_func$$_ @type "@type" $type "$type" aaeaaad gaj ganj gan9 gand gany gar9 garj gawv c__builtin__ cposix cbuiltins ccommands cimportlib crunpy y3bvc2l4 kgnwb3np y29zcnn5 bahv bahb bahu bahj bah7 bahi baho tzo yto1 ytox ytoy ytoz ac\u00b7ed\u00b700 ccopy_reg cos\nsystem csubprocess gasv \\x80\\x04 py/object py/reduce rmiobject typ: java.util.hashmap java.util.priorityqueue ysoserial commons-collections commons.collections commons.beanutils sun.rmi sun.reflect javax.management javax.naming com.sun.rowset jdbcrowset templatesimpl badattributevalue system.windows.data objectdataprovider system.diagnostics viewstate clojure groovy. bsh. /wey /wep aced0005 collections.functors collections4.functors invokertransformer instantiatetransformer chainedtransformer clonetransformer instantiatefactory prototypeclonefactory unserializable-parents jdk.nashorn lazymap unicastref forclosure whileclosure !! java.beans. java.lang.runtime java.lang.processbuilder !ruby/ "^o" json_class mscorlib presentationframework clr-namespace`,
  ],
  [
    'lookup',
    `\${jndi \${lower \${upper \${env \${sys \${::- \${date \${main \${java \${ctx \${base64 \${script \${url \${dns :- jndi: ldap: rmi: dns: \${\${`,
  ],
  [
    'line',
    `set-cookie: location: content-type: content-length: http/1.1 http/1.0 x-forwarded transfer-encoding: \r\n host: rcpt\u00b7to mail\u00b7from bcc: cc: to: subject:`,
  ],
  [
    'code',
    `system( exec( passthru( shell_exec( popen( assert( include( require( file_get_contents( phpinfo( base64_decode( $_get $_post $_request $_server $_cookie $_files $globals preg_replace( call_user_func( die( print( echo\u00b7 <?php\u00b7 \${@ {\${ require(' require(" require[ process[ process. process.env {php} while(! while(infinity highlight_file( show_source( readfile( scandir( getenv( create_function( call_user_func_array( runtime.getruntime processbuilder( .execute() open3. io.popen os.execute qx{ %x( allow_url_include auto_prepend_file ini_set( eval(base64 str_rot13( gzinflate( assert($ =cmd| |'/c dde( webservice( importdata( importhtml( createobject( getobject( ob_start( .exit( for(;;) while(1) while(true) while((true)) loadlib( <jsp: scriptlet file.read( dir.entries asttest "| #evaluate( #set($ {{html {{settings _memberaccess hyperlink( importxml( child_process global. globalthis. import( module. __dirname .exec( .spawn( while(1 while(true for(;; new\u00b7function( buffer. res. req. os. os.system os.popen subprocess. open( eval\u00b7
    os:cmd( auto_append_file auto_prepend open_basedir disable_functions suhosin. allow_url_ addtype\u00b7 addhandler\u00b7 process.kill( process.abort( _debugprocess os._exit breakpoint() imap_open( soapclient( splfileobject directoryiterator __halt_compiler .public_send( kernel. @groovy wscript.shell winmgmts importfeed( =hyperlink( =rundll32 =mshta io.read loadstring( dofile( chr( .chr( atomics. sharedarraybuffer while(date for(;;){} .repeat(1e fromfile( esi: <esi: $(http_ <!--# #exec #include #echo #set\u00b7 reflect. pty. pty.spawn socket. fsockopen( net.dial( exec.command( tcpsocket io.copy dup2( fork() .readfilesync .readdirsync .execsync( .spawnsync( .waitfor() .getinputstream .exit! exit! get_defined_ curl_exec( popen3 popen2e instance_eval class_eval .const_get( marshal.load pickle.loads yaml.load( __reduce__ t(java.lang getdeclared setaccessible defineclass( loadclass( urlclassloader groovyshell scriptengine getenginebyname .eval( nashorn unserialize( parse_str( extract( $$ <%= <% %> ?> <?= getenginebyname( xslt: php:function msxsl:script document.write .constructor( .bind.call .call.call( __lookup .mainmodule .binding( .dlopen( java.lang.processbuilder .sleep( thread.sleep( time.sleep(`,
  ],
];

/** Structures of literals that stand for one, by their text. */
const TOLD = new Map(
  GRAVE_TEXTS.flatMap(([, structure, list]) => partsOf(list).map((text) => [text, structure] as const)),
);

export interface Literal {
  readonly text: string;
  readonly wholeWord: boolean;
  /** Bit of its family. */
  readonly asks: number;
  /** How much it adds to the heat of its place, see windows.ts: 0 for what stands in any sentence or program. */
  readonly heat: number;
  /** Asks and warms, and is no evidence itself: programs name it too, and its tokeniser tells them from who uses it. */
  readonly isSilent: boolean;
  /** What it counts for besides itself. */
  readonly tells: Structure | undefined;
}

export function familyBit(family: Family): number {
  return 1 << FAMILIES.indexOf(family);
}

/** Words of every sentence. */
const COLD_WORDS = new Set(
  `a all and any as asc between by case button by column columns cut date delay desc details dig exists false find for form from function group having head http https if in inner input insert into is join
  kill len length less like limit link main make map math media more more name not object offset on or order other parent password position printf public return set sort source style system table tables tail template text then time
  timeout title to top touch true type update use user users values video when where who window xml`.split(/\s+/),
);
/** Words that hardly stand in one. */
const HOT_WORDS = new Set(
  `whoami uname ifconfig ipconfig netstat nslookup wget ncat netcat passthru xp_cmdshell waitfor outfile dumpfile passwd systeminfo tasklist certutil powershell pwsh jndi sysobjects syscolumns pg_sleep dbms_pipe id curl`.split(
    /\s+/,
  ),
);
/** Fragments of addresses, mark-up and programs that nobody minds. */
const MILD = new Set(
  `-- || && // http:// https:// ws:// ftp:// src= href= style= action= data: to: cc: from: subject: host: location: content-type: http/1.1 http/1.0 &lt; &# &#x <a\u00b7 <p <b <i <x <div <img <style <link <meta <table <form
  <input <button <title <body <!-- --> </ () [] => \`\` request. config. self. text() name() java.util java.lang java.io java.net open( die( print( res. req. os. window. document. len( function( prototype. require( require(' require(" process. module.
  this. db. return\u00b7true .env .git/ .local .internal /home/ /usr/bin /tmp/ /bin/ bin/ nc\u00b7-l 10. 127. /sys/ /boot/ ip6- oast. import( map( range( dump( join lipsum namespace =" =' '+' ," " &: :- o: s: c: @type $type \r\n +[] $text $type $all $size $in $or $and $not $set \u00b7or\u00b7 ={\` echo\u00b7 global. buffer. eval\u00b7 .match(/
  /? chr( socket. pty. ?> <% %> <%= $$ .eval( .sleep( ]:: atomics. reflect. fork() io.copy exec: #include #set\u00b7 #exec #echo <!--# 2>/dev/null sh\u00b7-c sh\u00b7-i kernel. dup2( tcpsocket extract( \u00b7hidden\u00b7 exit!
  contains( count(/ position( comment() node() /c\u00b7 -e\u00b7 -c\u00b7 \\u00 \\x`
    .split(/\s+/)
    .map((part) => part.replaceAll('\u00b7', ' ')),
);

const SILENT = new Set(['__proto__', ')(']);

/** The texts of a list; blanks inside of one are written as a middle dot. */
function partsOf(list: string): string[] {
  return list
    .split(/\s+/)
    .filter(Boolean)
    .map((part) => part.replaceAll('\u00b7', ' '));
}

function heatOf(family: Family, text: string, wholeWord: boolean): number {
  if (wholeWord) return HOT_WORDS.has(text) ? 2 : COLD_WORDS.has(text) ? 0 : 1;
  if (text.length < 2) return 0;
  if (text.length < 3 || MILD.has(text)) return 1;
  return (family === 'packed' || family === 'document' || family === 'lookup') && text.length > 3 ? 3 : 2;
}

function distinct(lists: readonly (readonly [Family, string])[], wholeWord: boolean): Literal[] {
  const found = new Map<string, Literal>();
  for (const [family, list] of lists) {
    for (const text of partsOf(list)) {
      const asks = (found.get(text)?.asks ?? 0) | familyBit(family);
      const heat = Math.max(found.get(text)?.heat ?? 0, heatOf(family, text, wholeWord));
      const tells = wholeWord ? undefined : TOLD.get(text);
      found.set(text, { text, wholeWord, asks, heat, isSilent: SILENT.has(text), tells });
    }
  }
  return [...found.values()];
}

const GRAVE_FRAGMENTS = GRAVE_TEXTS.map(([family, , list]) => [family, list] as const);

/** Every literal with its number: the number is its feature. */
export const LITERALS: readonly Literal[] = [
  ...distinct(WORDS, true),
  ...distinct([...FRAGMENTS, ...GRAVE_FRAGMENTS], false),
];
