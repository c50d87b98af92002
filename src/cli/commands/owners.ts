import { GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  stringOption,
  stringOptions,
} from '../command.ts';
import { EXIT_OK, printResult, renderTable, usageProblem } from '../output.ts';

export const command: Command = {
  name: 'owners',
  summary: 'whose objects are, where that was accepted',
  usage: ['owners accept LOOKUP --object ID --owner NAME…', 'owners list', 'owners remove LOOKUP --object ID'],
  verbs: [
    { name: 'accept', summary: 'say whose an object is, for a look-up of type accepted' },
    { name: 'list', summary: 'what was accepted' },
    { name: 'remove', summary: 'take it back; nobody is let in to the object any more' },
  ],
  options: {
    ...GATEWAY_OPTIONS,
    object: { type: 'string', valueName: 'ID', description: 'object, as it stands in calls' },
    owner: { type: 'string', multiple: true, valueName: 'NAME', description: 'whose it is; may stand several times' },
  },
  examples: ['owners accept orderId --object 1001 --owner acme', 'owners remove orderId --object 1001'],
  run,
};

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb, lookup] = args.positionals;
  const object = stringOption(args, 'object');
  const owners = stringOptions(args, 'owner');
  if (verb === 'list')
    return lookup === undefined ? list(args, io) : Promise.resolve(usageProblem(io, `list takes no "${lookup}"`));
  if (lookup === undefined || object === undefined)
    return Promise.resolve(
      usageProblem(io, 'name the look-up and the object', 'owners accept orderId --object 1001 --owner acme'),
    );
  if (verb === 'remove')
    return owners.length === 0
      ? remove(args, io, lookup, object)
      : Promise.resolve(usageProblem(io, 'remove takes no --owner'));
  if (owners.length === 0)
    return Promise.resolve(
      usageProblem(io, 'say whose it is', `owners accept ${lookup} --object ${object} --owner acme`),
    );
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('PUT', '/api/v1/owners', { lookup, object, owners });
    if (reply.status !== 200) return reportRefusal(io, reply);
    printResult(io, reply.body, `${lookup} ${object} belongs to ${owners.join(', ')}`);
    return EXIT_OK;
  });
}

function list(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('GET', '/api/v1/owners');
    if (reply.status !== 200) return reportRefusal(io, reply);
    const items = reply.body['items'] as { lookup: string; object: string; owners: string[] }[];
    printResult(io, { items }, () =>
      renderTable(
        io,
        ['look-up', 'object', 'owners'],
        items.map((one) => [one.lookup, one.object, one.owners.join(' ')]),
      ),
    );
    return EXIT_OK;
  });
}

function remove(args: CommandArguments, io: CommandIo, lookup: string, object: string): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const path = `/api/v1/owners/${encodeURIComponent(lookup)}/${encodeURIComponent(object)}`;
    const reply = await client.request('DELETE', path);
    if (reply.status !== 200) return reportRefusal(io, reply);
    printResult(io, reply.body, `nothing is accepted for ${lookup} ${object} any more`);
    return EXIT_OK;
  });
}
