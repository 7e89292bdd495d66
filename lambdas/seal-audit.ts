/**
 * Signs where the audit's chains stand, as the table's stream tells of each event, into a bucket that nobody can
 * change. It reads the stream and its own bucket, and nothing else.
 */
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { openCheckpointLog } from '../lib/audit/checkpoint-log.ts';
import { sealChanges } from '../lib/audit/stream-seal.ts';
import { auditChanges } from '../lib/aws/audit-stream.ts';
import { overKmsClient } from '../lib/aws/keys-api.ts';
import { sealSigner } from '../lib/aws/kms-keys.ts';
import { overS3Client } from '../lib/aws/objects-api.ts';
import { openS3Checkpoints } from '../lib/aws/s3-checkpoints.ts';
import { required } from '../lib/aws/variables.ts';
import { openWatch } from '../lib/aws/watch.ts';

/** Checkpoints that are read when an instance starts: more than one batch of the stream can reach back over. */
const LOOK_BACK = 200;

const variable = required(process.env);
const watch = openWatch('seal-audit', variable('RECOURSE_ENVIRONMENT'));
const log = openCheckpointLog({
  store: openS3Checkpoints(overS3Client(new S3Client({}), variable('RECOURSE_BUCKET_CHECKPOINTS'))),
  signer: sealSigner(overKmsClient(new KMSClient({})), variable('RECOURSE_KEY_SEALS')),
  clock: { now: () => new Date() },
  lookBack: LOOK_BACK,
});

export async function handler(event: unknown): Promise<void> {
  const changes = auditChanges(event);
  if (changes === null) throw new TypeError('this is no batch of the audit’s stream');
  const { checkpoints, alarms } = await sealChanges(log, changes);
  for (const { message } of alarms) watch.report(message);
  if (alarms.length > 0) watch.measure('AuditTampered', alarms.length);
  const oldest = Math.min(
    ...changes.map((each) => (each.kind === 'added' ? timeOf(each.value) : Date.now())),
  );
  if (checkpoints.length > 0)
    watch.measure('SealLagSeconds', Math.max(0, Math.round((Date.now() - oldest) / 1000)));
}

function timeOf(event: unknown): number {
  const at =
    typeof event === 'object' && event !== null && 'at' in event ? Date.parse(String(event.at)) : Number.NaN;
  return Number.isNaN(at) ? Date.now() : at;
}
