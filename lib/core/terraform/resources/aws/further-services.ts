import {
  alike,
  becomes,
  type Check,
  hitsAt,
  is,
  isFields,
  lowered,
  on,
  otherwise,
  plain,
  type RuleTable,
  removed,
  rule,
  scaledDown,
  turnedOn,
  turnsInto,
  when,
} from '../vocabulary.ts';

/** Services that few estates have: what holds data, and what is built again from configuration. */
export const AWS_FURTHER_SERVICES: RuleTable = {
  ...alike(
    [
      'aws_healthlake_fhir_datastore',
      'aws_medical_imaging_datastore',
      'aws_customerprofiles_domain',
      'aws_finspace_kx_environment',
      'aws_datazone_domain',
      'aws_rekognition_collection',
      'aws_pinpoint_app',
    ],
    rule(
      ['database_delete'],
      [otherwise(4, 'what it holds goes with it; no copy is kept', { advice: 'export the data first' })],
    ),
  ),
  ...alike(
    [
      'aws_mediastore_container',
      'aws_codecatalyst_project',
      'aws_cloud9_environment_ec2',
      'aws_bedrock_custom_model',
      'aws_comprehend_document_classifier',
      'aws_comprehend_entity_recognizer',
    ],
    rule(['storage_delete'], [otherwise(4, 'what it holds, or what was learned from data, goes with it')]),
  ),
  aws_mwaa_environment: rule(
    ['storage_delete'],
    [otherwise(4, 'the history of runs, variables and connections goes; only the DAGs are in the bucket')],
  ),
  aws_sagemaker_domain: rule(
    ['storage_delete'],
    [
      when(
        is('retention_policy.home_efs_file_system', 'Delete'),
        4,
        'the home folders of its users are deleted with it',
        { advice: 'set retention_policy.home_efs_file_system = "Retain"' },
      ),
      otherwise(2, 'the file system with the home folders stays'),
    ],
    turnsInto('retention_policy.home_efs_file_system', ['Delete'], 'protection_disabled'),
  ),
  aws_elastic_beanstalk_environment: rule(
    [],
    [
      when(ownDatabase('Snapshot'), 3, 'its database leaves a snapshot', { classes: ['database_delete'] }),
      when(ownDatabase('Retain'), 2, 'its database stays', { classes: ['database_delete'] }),
      when(ownDatabase(null), 4, 'its own database is deleted with it', {
        classes: ['database_delete'],
        advice: 'set DBDeletionPolicy to Retain or Snapshot',
      }),
      otherwise(2, 'rebuilt from configuration and source'),
    ],
  ),
  aws_paymentcryptography_key: rule(
    ['encryption_key_change'],
    [
      otherwise(
        3,
        'pending deletion for its window (3 to 180 days); afterwards nothing reads its ciphertext',
      ),
    ],
    lowered('deletion_window_in_days', 'encryption_key_change'),
    turnedOn('exportable', 'credential_exposure'),
  ),
  aws_cloudformation_stack_set_instance: rule(
    ['storage_delete'],
    [
      when(on('retain_stack'), 1, 'the stacks stay; only dropped from the set', {
        classes: ['state_forget'],
      }),
      otherwise(
        5,
        'the stacks go from every account named, with all they hold; the plan does not show what',
        {
          advice: 'set retain_stack = true to keep what the stacks made',
        },
      ),
    ],
  ),
  aws_emr_instance_group: rule(
    [],
    [otherwise(2, 'nodes are made again; blocks that only they held are copied by HDFS while it can')],
    scaledDown('instance_count'),
  ),
  aws_ec2_instance_state: rule(
    [],
    [otherwise(1, 'only leaves state: the machine stays as it is')],
    becomes('state', ['stopped'], 'production_scale_down'),
  ),
  aws_vpc_security_group_vpc_association: rule(
    ['network_isolation_loss'],
    [otherwise(1, 'the association is in configuration')],
  ),
  aws_appsync_api_key: rule(
    ['iam_policy_change'],
    [otherwise(2, 'the key never comes back: issue another and hand it out')],
  ),
  aws_quicksight_user: rule(
    ['iam_policy_change'],
    [otherwise(2, 'invited again; what only this user owns is orphaned')],
  ),
  ...plain(1, 'recreated from configuration', [
    'aws_db_proxy_default_target_group',
    'aws_redshift_cluster_iam_roles',
    'aws_redshiftserverless_usage_limit',
    'aws_ebs_fast_snapshot_restore',
    'aws_emr_security_configuration',
    'aws_ses_receipt_rule',
    'aws_prometheus_rule_group_namespace',
    'aws_config_remediation_configuration',
    'aws_cloudfront_key_group',
    'aws_cognito_managed_user_pool_client',
    'aws_servicequotas_service_quota',
    'aws_account_alternate_contact',
    'aws_iot_topic_rule',
    'aws_appconfig_hosted_configuration_version',
    'aws_appconfig_configuration_profile',
    'aws_wafv2_regex_pattern_set',
    'aws_sfn_alias',
    'aws_networkmonitor_monitor',
    'aws_internetmonitor_monitor',
    'aws_devopsguru_resource_collection',
    'aws_computeoptimizer_enrollment_status',
    'aws_licensemanager_license_configuration',
    'aws_resourceexplorer2_index',
    'aws_chatbot_slack_channel_configuration',
    'aws_chatbot_teams_channel_configuration',
    'aws_fis_experiment_template',
    'aws_resiliencehub_resiliency_policy',
    'aws_auditmanager_control',
    'aws_transfer_workflow',
    'aws_servicecatalog_provisioning_artifact',
    'aws_codepipeline_webhook',
    'aws_sagemaker_code_repository',
  ]),
  ...plain(2, 'rebuilt from configuration with a new id or address', [
    'aws_rds_custom_db_engine_version',
    'aws_opensearch_outbound_connection',
    'aws_kendra_data_source',
    'aws_s3tables_namespace',
    'aws_s3control_multi_region_access_point',
    'aws_s3control_object_lambda_access_point',
    'aws_lightsail_container_service',
    'aws_sns_platform_application',
    'aws_pipes_pipe',
    'aws_cloudwatch_event_connection',
    'aws_cloudwatch_event_api_destination',
    'aws_rum_app_monitor',
    'aws_route53recoverycontrolconfig_cluster',
    'aws_cloudfront_vpc_origin',
    'aws_ram_resource_share_accepter',
    'aws_servicecatalog_product',
    'aws_dms_replication_config',
    'aws_storagegateway_smb_file_share',
    'aws_transfer_connector',
    'aws_workspacesweb_portal',
    'aws_directory_service_shared_directory',
    'aws_directory_service_trust',
    'aws_iot_domain_configuration',
    'aws_location_place_index',
    'aws_location_route_calculator',
    'aws_appflow_flow',
    'aws_media_package_channel',
    'aws_cleanrooms_collaboration',
    'aws_entityresolution_matching_workflow',
    'aws_ssmincidents_response_plan',
    'aws_ssmcontacts_contact',
    'aws_swf_domain',
    'aws_schemas_registry',
    'aws_account_region',
  ]),
  ...plain(
    2,
    'rebuilt with new ids; the other side must accept again',
    ['aws_networkmanager_core_network', 'aws_networkmanager_global_network', 'aws_dx_lag'],
    ['network_isolation_loss'],
    removed('policy_document', 'network_isolation_loss'),
  ),
};

/** The environment made a database for itself; `policy` is what happens to that one, or null for any. */
function ownDatabase(policy: string | null): Check {
  return (view) => {
    const settings = hitsAt(view.before, ['setting']).flatMap((hit) =>
      (Array.isArray(hit.value) ? hit.value : [hit.value]).filter(isFields),
    );
    const own = settings.filter((setting) => setting.namespace === 'aws:rds:dbinstance');
    if (own.length === 0) return null;
    const told = own.find((setting) => setting.name === 'DBDeletionPolicy')?.value;
    if (policy !== null && told !== policy) return null;
    return [{ path: 'setting.aws:rds:dbinstance.DBDeletionPolicy', value: told ?? null }];
  };
}
