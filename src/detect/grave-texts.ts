import type { Family } from './literals.ts';
import type { Structure } from './structures.ts';

/**
 * Fragments that hardly stand in what honest clients send. Each is a literal of its own and counts for its structure as well: one that no
 * training has seen weighs what the others do. Blanks inside of one are written as a middle dot.
 */
export const GRAVE_TEXTS: readonly (readonly [Family, Structure, string])[] = [
  [
    'code',
    'code.grave-text',
    `diagnostics.process ]::start( process.start( create\u00b7alias .loadlib( os.execute( ".execute() '.execute() @grab( .executeasync( os:cmd( erlang: auto_append_file auto_prepend_file open_basedir disable_functions suhosin. allow_url_include allow_url_fopen application/x-httpd-php addhandler\u00b7 process.kill( process.abort(
    process.binding( process._ _debugprocess mainmodule imap_open( soapclient( splfileobject( directoryiterator( __halt_compiler .public_send( @groovy. asttest wscript.shell shell.application winmgmts
    importfeed( importxml( importdata( importhtml( importrange( webservice( =rundll32 =mshta =cmd| =msexcel =regsvr32 loadstring( dofile( loadlib( sharedarraybuffer .repeat(1e while(date.now
    <esi: <!--#exec <!--#include <!--#echo <!--#set <!--#printenv <!--#config <jsp:scriptlet <jsp:expression <jsp:declaration msxsl:script php:function getdeclared setaccessible( defineclass( urlclassloader
    groovyshell groovyclassloader scriptenginemanager getenginebyname nashorn runtime.getruntime processbuilder( getunsafe( __reduce__ t(java.lang __import__( .__globals__ .__builtins__ .__subclasses__ .__mro__
    child_process execsync( spawnsync( pickle.loads( cpickle. marshal.load( yaml.unsafe_load yaml.load( pcntl_ posix_ fsockopen( proc_open( shell_exec( passthru( popen( call_user_func( create_function( base64_decode( gzinflate( str_rot13(
    expect:// php://input php://filter data://text/plain $_get[ $_post[ $_request[ $_server[ $_cookie[ $_files[ \${@ {\${ os.system( os.popen( os._exit( os.kill( pty.spawn( subprocess. globals()[ builtins. eval(base64 eval(atob eval(compile exec(compile
    instance_eval class_eval const_get( kernel.exec kernel.system io.popen( open3. %x( qx{ qx( qx/ syscall( dir['/ dir["/ file.read('/ file.read("/ .listfiles( imports.gi. vbscript.shell createobject( getobject( activexobject( adodb. cmd.exe\u00b7/c
    __construct& invokefunction call_user_func_array &function= &vars[ set_error_handler('eval set_exception_handler('eval register_shutdown_function( file_put_contents( move_uploaded_file( phpinfo( phpinfo; <?= <?php\u00b7@ <script\u00b7language= language="php language='php`,
  ],
  [
    'shell',
    'shell.grave-text',
    `proxycommand= checkpoint-action \${shell} $shell\u00b7 \u00b7-nop\u00b7 \u00b7-w\u00b7hidden \u00b7hidden\u00b7- -windowstyle -encodedcommand \u00b7-enc\u00b7 frombase64string downloadstring downloadfile( invoke-expression vbscript:execute javascript:close vbscript:close
    /dev/tcp/ /dev/udp/ 0>&1 0<& >&0 <&196 exec\u00b75<> exec\u00b7196 sh\u00b7-i bash\u00b7-i bash\u00b7-li /bin/sh\u00b7-i mkfifo\u00b7 mknod\u00b7 --use-compress-program upload-pack= core.sshcommand core.pager= core.fsmonitor --unix-socket |iex |\u00b7iex \u00b7iex( iex( |bash |\u00b7bash |sh |\u00b7sh |/bin/
    $ifs \${ifs \${path: $@ {cat, {ls, {id, {curl, {wget, {echo, {sleep, {bash, {nc, {ping, {ifconfig, $'\\\\x $'\\\\1 $'\\x $'\\1 $(printf $(echo $(tr $(base64 \`printf \`echo base64\u00b7-d base64\u00b7--decode xxd\u00b7-r rev<<< <<<\u00b7 \${#} \${! %comspec% %programfiles:~ %path:~ %systemroot:~ %username:~ ^h^o ^m^d p^o^w w^h^o
    \u00b7-e\u00b7/bin/ \u00b7-c\u00b7/bin/ nc\u00b7-e ncat\u00b7-e exec:/bin exec:'/bin exec:'bash exec:sh ,pty,stderr socket.socket( dup2( tcpsocket fsockopen net.socket tcpclient( createprocess certutil\u00b7-urlcache -urlcache bitsadmin\u00b7/transfer /transfer\u00b7 scrobj.dll regsvr32\u00b7/s mshta\u00b7http rundll32\u00b7javascript \u00b7-ep\u00b7bypass executionpolicy\u00b7bypass\u00b7-
    ;id; ;id| |id; |id| &id& &&id ||id %0aid %0awhoami %0acat ;whoami |whoami &whoami \`whoami $(whoami \`id\` $(id) $(id; \`uname $(uname \`hostname $(hostname $(cat\u00b7/ \`cat\u00b7/ $(</ $(sleep \`sleep $(curl $(wget $(ping $(nslookup \`curl \`nslookup -wrapper\u00b7 /etc/shadow`,
  ],
  [
    'code',
    'template.grave-text',
    `class.module class.classloader {%\u00b7debug {%debug #application[ #session[ #request[ #parameters. _memberaccess .class.methods .class.forname .getclass( systemproperties[ #evaluate( ?new() .template.utility ?api. ?eval \${file: \${env: \${sys: \${script: \${dns: \${url: \${base64 \${java:
    escapefunction= outputfunctionname= [view\u00b7options] view\u00b7options {{settings {{config {{self. {{request. {{lipsum {{cycler {{joiner {{namespace. {{beans {{constructor {{this.constructor {{#with\u00b7 {{app. {{dump( {{_self {{_context ._self. .env.register .env.getfilter registerundefinedfilter
    |attr( |map( |filter( |sort( |reduce( [%\u00b7 {%import {%\u00b7import {%\u00b7include {%\u00b7extends {%include #set($ #foreach($ $class. .inspect( $apply $eval <#assign <#list\u00b7. <#include .data_model .getruntime t(java <%\u00b7% <%%\u00b7 #{%x #{system #{\` #{file. #{io. #{env {php} {literal} {fetch\u00b7 {function\u00b7name= {system( *{t( \${t( @(1 @{\u00b7 th:text= __\${ ::.x`,
  ],
  [
    'name',
    'query.grave-text',
    `db.labels dbms. })\u00b7return\u00b7 })\u00b7match\u00b7 {!func {!lucene {!parent {!xmlparser _val_: redis.call( redis.pcall( eval\u00b7"return flushall flushdb config\u00b7set\u00b7dir config\u00b7set\u00b7dbfilename slaveof\u00b7 replicaof\u00b7 $collstats $indexstats $currentop $graphlookup $unionwith apoc. call\u00b7db. call\u00b7dbms load\u00b7csv detach\u00b7delete createuser dropuser
    _all_docs _design/ this.constructor tojson(this tojsononeline json.stringify(this) stringify(this)) mapreduce( $accumulator $function while(1) do{curdate curdate= script_fields groovysandbox painless`,
  ],
];
