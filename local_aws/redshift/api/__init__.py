"""The AWS APIs of the warehouse: redshift-serverless, redshift-data and CloudFormation's types."""
