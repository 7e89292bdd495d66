/** All the fakes of one account behind one endpoint, with DynamoDB on dynalite. */
import { type Dynalite, startDynalite } from './dynalite.ts';
import { type FakeAws, startFakeAws } from './fake-aws.ts';
import { type BuildsBackend, fakeBuilds } from './fake-builds.ts';
import { type DynamoOptions, fakeDynamoDb, type TableSettings } from './fake-dynamodb.ts';
import { type FakeKms, fakeKms } from './fake-kms.ts';
import { fakeLogs } from './fake-logs.ts';
import { fakeMail, type SentMail } from './fake-mail.ts';
import { type FakeS3, fakeS3 } from './fake-s3.ts';
import { type FakeSecret, fakeSecrets } from './fake-secrets.ts';
import { type FakeStates, fakeStates, type StatesBackend } from './fake-states.ts';
import { type FakeSts, fakeSts } from './fake-sts.ts';

export interface AccountOptions {
  readonly account: string;
  readonly region: string;
  readonly states: StatesBackend;
  readonly builds?: BuildsBackend;
  readonly secrets?: readonly FakeSecret[];
  readonly logs?: (group: string, stream: string) => readonly string[] | null;
  /** Policy and key of a table, by its name. */
  readonly tables?: (name: string) => TableSettings;
  readonly onWrite?: DynamoOptions['onWrite'];
}

export interface FakeAccount {
  readonly aws: FakeAws;
  readonly dynalite: Dynalite;
  readonly s3: FakeS3;
  readonly kms: FakeKms;
  readonly states: FakeStates;
  readonly sts: FakeSts;
  readonly mail: readonly SentMail[];
  stop(): Promise<void>;
}

export async function startFakeAccount(options: AccountOptions): Promise<FakeAccount> {
  const { account, region, onWrite } = options;
  const dynalite = await startDynalite();
  const s3 = fakeS3(region);
  const kms = fakeKms(account, region);
  const states = fakeStates(account, region, options.states);
  const mail: SentMail[] = [];
  const stss: FakeSts[] = [];
  const aws = await startFakeAws(
    (made) => {
      const sts = fakeSts(made);
      stss.push(sts);
      return [
        s3.service,
        kms.service,
        states.service,
        sts.service,
        fakeDynamoDb(
          { account, region, endpoint: dynalite.endpoint, ...(onWrite === undefined ? {} : { onWrite }) },
          options.tables,
        ),
        fakeMail(account, region, mail),
        fakeBuilds(account, region, options.builds ?? { describe: () => null }),
        fakeSecrets(options.secrets ?? []),
        fakeLogs(account, region, options.logs ?? (() => null)),
      ];
    },
    { account, region },
  );
  const [sts] = stss;
  if (sts === undefined) throw new Error('the fake AWS made no services');
  return {
    aws,
    dynalite,
    s3,
    kms,
    states,
    sts,
    mail,
    async stop() {
      await aws.stop();
      await dynalite.stop();
    },
  };
}
