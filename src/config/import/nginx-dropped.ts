import type { ImportNotes, ImportSeverity } from './import-notes.ts';
import type { NginxDirective } from './nginx-tokens.ts';

/** What the importer reads; where such a directive could not be carried over, whoever read it has said so. */
const READ: ReadonlySet<string> = new Set(
  `http server location upstream server_name proxy_pass proxy_set_header proxy_read_timeout proxy_connect_timeout limit_req
  limit_req_zone limit_conn limit_conn_zone limit_except allow deny satisfy auth_basic auth_basic_user_file
  client_max_body_size ssl_certificate ssl_certificate_key ssl_verify_client set_real_ip_from real_ip_header return
  internal events`.split(/\s+/),
);

/** Blocks whose directives are looked at one by one. */
const LOOKED_INTO: ReadonlySet<string> = new Set(['http', 'server', 'location', 'upstream']);

/** What callers may notice the lack of, and what to do. */
const NOTICED: Readonly<Record<string, string>> = {
  add_header: 'is not added to answers: the API has to send it',
  add_trailer: 'is not added to answers: the API has to send it',
  expires: 'is not added to answers: the API has to send it',
  error_page: 'is not carried over: the gateway answers by itself, and what the API answers stays as it is',
  proxy_hide_header: 'is not taken out of answers: the API must not send it',
  proxy_redirect: 'is not carried over: what the API answers stays as it is',
  proxy_cookie_path: 'is not carried over: what the API answers stays as it is',
  proxy_cookie_domain: 'is not carried over: what the API answers stays as it is',
  proxy_cookie_flags: 'is not carried over: what the API answers stays as it is',
  sub_filter: 'is not carried over: what the API answers stays as it is',
  proxy_cache: 'is not carried over: nothing is cached',
  root: 'is not carried over: the gateway serves no files',
  alias: 'is not carried over: the gateway serves no files',
  try_files: 'is not carried over: the gateway serves no files',
  stream: 'is not carried over: the gateway is for HTTP alone',
  mail: 'is not carried over: the gateway is for HTTP alone',
};

const NOT_CARRIED = 'is not carried over';
const LISTEN = 'is not carried over: the gateway listens where its own listen says';

/** Names, with its line, each directive that the importer leaves out and of which nothing was said. Never the values of one. */
export function noteDropped(directives: readonly NginxDirective[], notes: ImportNotes): void {
  for (const directive of directives) {
    const { name, words, block } = directive;
    if (name === 'location' && words[0]?.startsWith('@') === true)
      say(notes, 'warning', directive, words[0], NOT_CARRIED);
    else if (LOOKED_INTO.has(name)) noteDropped(block ?? [], notes);
    else if (READ.has(name) || notes.saysOf(directive.line, name, directive.file)) continue;
    else if (name === 'listen') say(notes, 'note', directive, words[0], LISTEN);
    else if (Object.hasOwn(NOTICED, name))
      say(notes, 'warning', directive, name === 'add_header' ? words[0] : undefined, NOTICED[name] ?? NOT_CARRIED);
    else say(notes, 'note', directive, undefined, NOT_CARRIED);
  }
}

function say(
  notes: ImportNotes,
  severity: ImportSeverity,
  { name, line, file }: NginxDirective,
  word: string | undefined,
  message: string,
): void {
  notes.add(severity, line, word === undefined ? name : `${name} ${word}`, message, file);
}
