import { keyTest } from './shapes.ts';

const REPLICA_OF =
  /^(replicate_source_db|replication_source_identifier|master_instance_name|source_server_id|creation_source_(server|database)_id|create_source_id|primary_key_arn|primary_cluster_(id|name)|primary_db_\w+|source_db_\w*identifier|replica_of|primary_instance\w*|source_database_id|primary_server_id)$/;

/** Whether an attribute of this name says what its object is a replica of. */
export const namesPrimary = keyTest((key) => REPLICA_OF.test(key));
