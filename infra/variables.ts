/** Environment variables of each function and each lane: where things are, and nothing secret. */
import { TABLE_ROLES } from '../lib/aws/record-places.ts';
import type { FunctionName, Lane, Names } from './names.ts';
import { READERS, WRITERS } from './record-access.ts';

/** What is known only to CloudFormation. URLs are https origins without a path. */
export interface Places {
  readonly votesKey: string;
  readonly sealsKey: string;
  readonly macKey: string;
  readonly agentUrl: string;
  readonly controlUrl: string;
  /** Cognito alone; another issuer stands in config.json. */
  readonly identity: {
    readonly issuer: string;
    /** JSON: agent name → client id, of the clients that this stack made. */
    readonly createdClients: string;
    readonly consoleClientId: string;
    readonly consoleSecret: string;
  } | null;
}

export function functionVariables(
  names: Names,
  environment: string,
  places: Places,
): Record<FunctionName, Record<string, string>> {
  const common = (name: FunctionName): Record<string, string> => ({
    RECOURSE_ENVIRONMENT: environment,
    ...tables(name, names),
    POWERTOOLS_METRICS_NAMESPACE: 'Recourse/Gateway',
    POWERTOOLS_SERVICE_NAME: name,
  });
  const artifacts = { RECOURSE_BUCKET_ARTIFACTS: names.bucket('artifacts') };
  const checkpoints = { RECOURSE_BUCKET_CHECKPOINTS: names.bucket('checkpoints') };
  const votes = { RECOURSE_KEY_VOTES: places.votesKey };
  const mac = { RECOURSE_KEY_MAC: places.macKey };
  const seals = { RECOURSE_KEY_SEALS: places.sealsKey };
  const run = { RECOURSE_MACHINE_RUN: names.machineArn('run') };
  const approval = { RECOURSE_MACHINE_APPROVAL: names.machineArn('approval') };
  const agentUrl = { RECOURSE_AGENT_URL: places.agentUrl };
  const controlUrl = { RECOURSE_CONTROL_URL: places.controlUrl };
  const { identity } = places;
  const issuer = identity === null ? {} : { RECOURSE_ISSUER: identity.issuer };
  const clients = identity === null ? {} : { RECOURSE_CREATED_CLIENTS: identity.createdClients };
  const console =
    identity === null
      ? {}
      : {
          RECOURSE_CONSOLE_CLIENT_ID: identity.consoleClientId,
          RECOURSE_CONSOLE_SECRET: identity.consoleSecret,
        };
  return {
    mcp: {
      ...common('mcp'),
      ...artifacts,
      ...votes,
      ...run,
      ...approval,
      ...agentUrl,
      ...issuer,
      ...clients,
    },
    control: {
      ...common('control'),
      ...artifacts,
      ...checkpoints,
      ...votes,
      ...seals,
      ...mac,
      ...run,
      ...approval,
      ...controlUrl,
      ...issuer,
      ...console,
    },
    'ask-approval': { ...common('ask-approval'), ...artifacts, ...votes, ...mac, ...controlUrl },
    'authorize-run': { ...common('authorize-run'), ...artifacts, ...votes, ...mac },
    'finish-run': { ...common('finish-run'), ...artifacts, ...votes, ...mac, ...run, ...approval },
    'seal-audit': { ...common('seal-audit'), ...checkpoints, ...seals },
  };
}

/** Fixed for each project; a build adds RECOURSE_JOB and nothing else. */
export function laneVariables(lane: Lane, names: Names, environment: string): Record<string, string> {
  return {
    RECOURSE_ENVIRONMENT: environment,
    RECOURSE_BUCKET_ARTIFACTS: names.bucket('artifacts'),
    RECOURSE_LANE: lane,
  };
}

function tables(name: FunctionName, names: Names): Record<string, string> {
  const reached = TABLE_ROLES.filter((role) => READERS[role].includes(name) || WRITERS[role].includes(name));
  return Object.fromEntries(
    reached.map((role) => [`RECOURSE_TABLE_${role.toUpperCase()}`, names.table(role)]),
  );
}
