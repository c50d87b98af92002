import { WordTable } from '../word-table.ts';

/** Kinds of SQL tokens; the letters name them in features. */
export const SQL_LETTERS = '^n1sqSUFD&=+fg(),;.cC@tNx\\{}o$Qk';
export const BEGIN = 0;
export const BARE = 1;
export const NUMBER = 2;
export const STRING = 3;
export const OPEN_STRING = 4;
export const SELECT = 5;
export const UNION = 6;
export const CLAUSE = 7;
export const STATEMENT = 8;
export const LOGIC = 9;
export const COMPARE = 10;
export const ARITHMETIC = 11;
export const DANGEROUS_CALL = 12;
export const CALL = 13;
export const OPEN = 14;
export const CLOSE = 15;
export const COMMA = 16;
export const SEMICOLON = 17;
export const DOT = 18;
export const COMMENT = 19;
export const TAIL_COMMENT = 20;
export const VARIABLE = 21;
export const TYPE = 22;
export const CONSTANT = 23;
export const HEX = 24;
export const BACKSLASH = 25;
export const BRACE_OPEN = 26;
export const BRACE_CLOSE = 27;
export const OTHER = 28;
export const END = 29;
/** The string the value stands in was closed by it. */
export const QUOTE_OUT = 30;
export const WORD = 31;

export const SQL_WORDS = new WordTable([
  ['select', SELECT],
  ['union intersect except', UNION],
  ['from into where having group order limit offset by join values procedure outfile dumpfile returning', CLAUSE],
  [
    'insert update delete drop truncate alter create exec execute declare merge replace shutdown grant revoke call begin handler waitfor set load attach pragma backup rename',
    STATEMENT,
  ],
  ['and or xor not', LOGIC],
  ['like rlike regexp ilike glob between is in sounds similar exists', COMPARE],
  ['div mod', ARITHMETIC],
  ['int integer varchar nvarchar char text numeric decimal signed unsigned binary date datetime bigint float', TYPE],
  ['null true false', CONSTANT],
  [
    'case when then else end as all distinct top any some on using inner outer left right natural collate interval desc asc if delay analyse escape for with dual',
    WORD,
  ],
]);

/** Functions that wait, read files, run commands, or carry data out in an error. */
export const DANGEROUS_FUNCTIONS = new WordTable([
  [
    `sleep benchmark pg_sleep waitfor load_file extractvalue updatexml exp version database user current_user session_user system_user
    schema char chr nchar ascii ord substr substring mid concat concat_ws group_concat string_agg listagg elt make_set floor rand hex unhex
    load_extension randomblob zeroblob generate_series query_to_xml xmltype dbms_pipe.receive_message dbms_lock.sleep utl_inaddr.get_host_address
    utl_inaddr.get_host_name utl_http.request httpuritype ctxsys.drithsx.sn dbms_utility.sqlid_to_sqlhash dbms_xmlgen.getxml db_name host_name
    user_name is_srvrolemember has_dbaccess object_id openrowset openquery xp_cmdshell lo_import lo_export pg_read_file pg_ls_dir crypt_key
    regexp_substring json_keys gtid_subset gtid_subtract json_extract st_latfromgeohash polygon multipoint geometrycollection linestring
    name_const procedure analyse convert cast uuid sqlite_version typeof iif count length len char_length bin_to_num row_count last_insert_id
    connection_id encode decode compress aes_decrypt md5 sha1 sha2 fuzzbits like glob get_lock ifnull nullif coalesce if instr locate position
    reverse lpad rpad left right soundex strcmp row quarter json_depth json_array_length xmlexists`,
    1,
  ],
]);
