import { type Fields, isFields } from '../fields.ts';
import type { ResourceRule, RuleTable } from '../rule.ts';
import { AWS_APPLICATIONS } from './aws/applications.ts';
import { AWS_BACKUP } from './aws/backup.ts';
import { AWS_BLOCK_STORAGE } from './aws/block-storage.ts';
import { AWS_COMPUTE } from './aws/compute.ts';
import { AWS_DATABASES } from './aws/databases.ts';
import { AWS_EDGE_AND_DNS } from './aws/edge-and-dns.ts';
import { AWS_FURTHER_SERVICES } from './aws/further-services.ts';
import { AWS_GUARDS } from './aws/guards.ts';
import { AWS_IDENTITY } from './aws/identity.ts';
import { AWS_KEYS_AND_SECRETS } from './aws/keys-and-secrets.ts';
import { AWS_LOGGING } from './aws/logging.ts';
import { AWS_MESSAGING } from './aws/messaging.ts';
import { AWS_NETWORK } from './aws/network.ts';
import { AWS_NEWER_DATABASES } from './aws/newer-databases.ts';
import { AWS_NOSQL } from './aws/nosql.ts';
import { AWS_S3 } from './aws/s3.ts';
import { AZAPI, azapiRule } from './azure/azapi.ts';
import { AZURE_BACKUP } from './azure/backup.ts';
import { AZURE_COMPUTE } from './azure/compute.ts';
import { AZURE_COSMOS_AND_SEARCH } from './azure/cosmos-and-search.ts';
import { AZURE_DATA_SERVICES } from './azure/data-services.ts';
import { AZURE_DATABASES } from './azure/databases.ts';
import { AZURE_FURTHER_SERVICES } from './azure/further-services.ts';
import { AZURE_MONITORING } from './azure/monitoring.ts';
import { AZURE_NETWORK } from './azure/network.ts';
import { AZURE_SECURITY } from './azure/security.ts';
import { AZURE_STORAGE } from './azure/storage.ts';
import { GOOGLE_AUDIT } from './google/audit.ts';
import { GOOGLE_BIGQUERY } from './google/bigquery.ts';
import { GOOGLE_COMPUTE } from './google/compute.ts';
import { GOOGLE_DATA_SERVICES } from './google/data-services.ts';
import { GOOGLE_DATABASES } from './google/databases.ts';
import { GOOGLE_FURTHER_SERVICES } from './google/further-services.ts';
import { GOOGLE_SECURITY } from './google/security.ts';
import { GOOGLE_STORAGE } from './google/storage.ts';
import { manifestRule } from './kubernetes/manifests.ts';
import { KUBERNETES } from './kubernetes/workloads.ts';
import { OTHER_CLOUDS } from './other/clouds.ts';
import { OTHER_DATABASES } from './other/databases.ts';
import { EDGE } from './other/edge.ts';
import { BY_PROVIDER, SAAS } from './other/saas.ts';
import { STATE_ONLY } from './other/state-only.ts';
import { STREAMS } from './other/streams.ts';

/** Every type with a rule of its own. A Map, so that a type named `constructor` finds nothing. */
export const RULES: ReadonlyMap<string, ResourceRule> = new Map(
  (
    [
      AWS_APPLICATIONS,
      AWS_BACKUP,
      AWS_BLOCK_STORAGE,
      AWS_COMPUTE,
      AWS_DATABASES,
      AWS_NEWER_DATABASES,
      AWS_NOSQL,
      AWS_IDENTITY,
      AWS_KEYS_AND_SECRETS,
      AWS_LOGGING,
      AWS_MESSAGING,
      AWS_NETWORK,
      AWS_EDGE_AND_DNS,
      AWS_S3,
      AWS_GUARDS,
      AWS_FURTHER_SERVICES,
      AZAPI,
      AZURE_DATA_SERVICES,
      AZURE_DATABASES,
      AZURE_COSMOS_AND_SEARCH,
      AZURE_NETWORK,
      AZURE_COMPUTE,
      AZURE_SECURITY,
      AZURE_BACKUP,
      AZURE_MONITORING,
      AZURE_STORAGE,
      AZURE_FURTHER_SERVICES,
      GOOGLE_COMPUTE,
      GOOGLE_DATA_SERVICES,
      GOOGLE_DATABASES,
      GOOGLE_BIGQUERY,
      GOOGLE_SECURITY,
      GOOGLE_AUDIT,
      GOOGLE_STORAGE,
      GOOGLE_FURTHER_SERVICES,
      KUBERNETES,
      EDGE,
      OTHER_CLOUDS,
      OTHER_DATABASES,
      SAAS,
      STATE_ONLY,
      STREAMS,
    ] satisfies readonly RuleTable[]
  ).flatMap((table) => Object.entries(table)),
);

/** The rule for a resource, and the attribute tree it reads (a raw manifest's own tree). Null: unknown type. */
export function ruleFor(type: string, fields: Fields): ResourceRule | null {
  const known = RULES.get(type);
  if (known !== undefined) return known;
  if (type === 'azapi_resource') return azapiRule(fields);
  const manifest = manifestOf(type, fields);
  if (manifest !== null) return manifestRule(manifest);
  return BY_PROVIDER.find(([pattern]) => pattern.test(type))?.[1] ?? null;
}

/** The object of a raw-manifest type; null for other types. */
export function manifestOf(type: string, fields: Fields): Fields | null {
  if (type === 'kubernetes_manifest') return isFields(fields.manifest) ? fields.manifest : {};
  if (type !== 'kubectl_manifest') return null;
  const { kind, api_version: apiVersion } = fields;
  return typeof kind === 'string' ? { ...fields, kind, apiVersion } : {};
}
