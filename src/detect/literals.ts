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
    `cat ls id whoami uname pwd ps netstat ifconfig ipconfig ping nslookup dig curl wget nc ncat netcat telnet bash sh zsh ksh csh dash python python3 perl ruby php node lua awk gawk sed grep find xargs tee head tail more less chmod chown rm mv cp mkdir touch kill env printenv export sudo su crontab ssh scp ftp tftp gcc make base64 xxd od rev tac nl cut sort uniq tr dir type cmd powershell pwsh certutil bitsadmin wmic net reg rundll32 mshta cscript wscript regsvr32 findstr systeminfo tasklist copy del echo printf source set timeout time`,
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
  ['url', `localhost metadata internal`],
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
    `<script </script <img <svg <iframe <body <object <embed <a\u00b7 <input <form <math <style <link <meta <base <video <audio <details <marquee <div <template <noscript <textarea <title <xmp <plaintext <isindex <!-- --> <![cdata[ <?xml <? ?> <?php <?= <!doctype <!entity <% %> <x <b <i <p
    javascript: vbscript: data: data:text/html livescript: feed: mhtml: srcdoc= src= href= xlink:href formaction= action= style= onerror onload onclick onmouseover onfocus onblur onmouse onkey ontoggle onanimation ontransition onbegin onpointer onstart onwheel onscroll onresize onsubmit onchange oninput ondrag onpage onhash onmessage onunload onbefore onafter autofocus expression( url( @import -moz-binding behavior: &# &#x &lt; &colon; &tab; &newline; \\u00 \\x`,
  ],
  [
    'code',
    `alert( alert\` confirm( prompt( eval( function( settimeout( settimeout\` document. document[ window. window[ location= location. .cookie .innerhtml fromcharcode( constructor( .constructor [constructor] ["constructor"] tostring( => \`\` [] ![] !+[] +[] $( \${ }} {{ {% %} #{ *{ @{ %{ <#  #set( ={`,
  ],
  [
    'path',
    `../ ..\\ .../ ..; ..%2f ..%5c %2e%2e %252e %c0%af %c0%ae %00 %0a %0d %u /etc/ /etc/passwd /etc/shadow /etc/hosts /proc/ /proc/self /var/log /var/www /root/ /home/ /usr/bin /bin/ /bin/sh /bin/bash /dev/tcp /dev/null /tmp/ c:\\ c:/ \\windows boot.ini win.ini web.config web.xml web-inf meta-inf .htaccess .htpasswd .git/ .svn/ .env .ssh id_rsa authorized_keys .bash_history wp-config config.php .aws/ .kube .docker .npmrc .bashrc access.log error.log php.ini my.cnf httpd.conf nginx.conf /cgi-bin ::$data`,
  ],
  [
    'url',
    `file: file:// php:// phar:// zip:// expect:// input:// glob:// data:// jar: netdoc: gopher:// dict:// ldap:// ldaps:// tftp:// sftp:// ftp:// http:// https:// ws:// // unc\\ \\\\
    169.254.169.254 169.254. 127.0.0.1 127. 0.0.0.0 10. 192.168. 172.16. [::1] [:: ::ffff: 100.100.100.200 metadata.google latest/meta-data computemetadata .internal .local localtest.me nip.io xip.io sslip.io burpcollaborator oastify interact.sh .onion 2130706433 0x7f 017700000001 spoofed. @127 @localhost`,
  ],
  [
    'shell',
    `$ifs \${ifs} $@ $* $? $0 $path $home /???/ >& 2>&1 >/ </ <<< <( >( ;id |id &id ;cat |cat ;ls |ls &&ls ;curl ;wget |sh |bash -c\u00b7 -e\u00b7 /c\u00b7 \n /bin/cat bin/ %comspec% %systemroot% %programdata% $env: invoke- iex( downloadstring encodedcommand -enc \u00b7-enc -executionpolicy -nop new-object net.webclient nc\u00b7-e nc\u00b7-l bash\u00b7-i python\u00b7-c perl\u00b7-e php\u00b7-r node\u00b7-e ruby\u00b7-e`,
  ],
  [
    'code',
    `__proto__ __class__ __mro__ __subclasses__ __globals__ __builtins__ __import__ __init__ __dict__ __base__ __getitem__ constructor.prototype prototype. request. config. self. .application cycler. lipsum joiner namespace attr( |attr |join |map range( dump( \u00b7?new() freemarker .template.utility getruntime( forname( getclass( t(java java.lang java.util java.io java.net javax. org.springframework org.apache com.sun. class.module class.classloader @ognl #_memberaccess #context #request @java ognl. velocity %{# *{t( new\u00b7java xstream springframework`,
  ],
  [
    'name',
    `$ne $eq $gt $gte $lt $lte $in $nin $or $and $nor $not $where $regex $exists $expr $function $accumulator $elemmatch $size $type $mod $all $text $jsonschema $lookup $out $merge $options [$ne] [$gt] [$regex] [$where] [$in] this. return\u00b7true db. .find( .drop( .insert( ';return '||'1 ||\u00b71==1 ==1 sleep( '==' =='  "==" emit( mapreduce( .match(/ new\u00b7date( getcollectionnames dropdatabase .findone tojson( .remove(`,
  ],
  [
    'filter',
    `)( *)( *)) (& (| (! (|( (&( )(| )(& )(objectclass objectclass=* uid=* cn=* =*) =*)( *)(uid \u00b7or\u00b7'1'='1 count(/ /text() //user /*[ position() text() name() name(/ string-length( starts-with( contains( node() comment() count(// /*[ //* '] )]/ := ~= >= (!( position()= name()= substring(name`,
  ],
  [
    'document',
    `!entity !doctype system\u00b7" system\u00b7' public\u00b7" %xxe &xxe; %dtd xi:include xsi:schemalocation <!element <!attlist <xsl: document(`,
  ],
  [
    'packed',
    `ro0ab aced0005 \u00ac\u00ed o:4:" a:1:{ o: s: :{s: c: !!python !!java !!ruby !!javax !ruby/object !!js/function _$$nd_func$$_ @type "@type" $type "$type" aaeaaad h4siaaaa gajj gaj9 ganj gan9 gar9 y3bvc2l4 kgnwb3np y29zcnn5 bahv bahb bahu bahj bah7 bahi baho tzo yto1 ytox ytoy ytoz ac\u00b7ed\u00b700 ccopy_reg cos\nsystem csubprocess gasv \\x80\\x04 py/object py/reduce rmiobject typ: java.util.hashmap java.util.priorityqueue ysoserial commons-collections javax.management javax.naming com.sun.rowset jdbcrowset templatesimpl badattributevalue system.windows.data objectdataprovider system.diagnostics viewstate clojure groovy. bsh.`,
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
    `system( exec( passthru( shell_exec( popen( assert( include( require( file_get_contents( phpinfo( base64_decode( $_get $_post $_request $_server $_cookie $_files $globals preg_replace( call_user_func( die( print( echo\u00b7 <?php\u00b7 \${@ {\${ require(' require(" process. process.env child_process global. globalthis. import( module. __dirname .exec( .spawn( while(1 while(true for(;; new\u00b7function( buffer. res. req. os. os.system os.popen subprocess. open( eval\u00b7`,
  ],
];

export interface Literal {
  readonly text: string;
  readonly wholeWord: boolean;
  /** Bit of its family. */
  readonly asks: number;
}

/** Every literal with its number: the number is its feature. */
export const LITERALS: readonly Literal[] = [...distinct(WORDS, true), ...distinct(FRAGMENTS, false)];

export function familyBit(family: Family): number {
  return 1 << FAMILIES.indexOf(family);
}

function distinct(lists: readonly (readonly [Family, string])[], wholeWord: boolean): Literal[] {
  const asks = new Map<string, number>();
  for (const [family, list] of lists) {
    for (const part of list.split(/\s+/).filter(Boolean)) {
      const text = part.replaceAll('\u00b7', ' ');
      asks.set(text, (asks.get(text) ?? 0) | familyBit(family));
    }
  }
  return [...asks].map(([text, bits]) => ({ text, wholeWord, asks: bits }));
}
