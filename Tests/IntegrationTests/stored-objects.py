"""Prints what another S3 client sees in a bucket: one JSON object per stored object.

usage: stored-objects.py ENDPOINT BUCKET ACCESS_KEY SECRET_KEY
"""
import hashlib
import json
import sys

import boto3

endpoint, bucket, access, secret = sys.argv[1:5]
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id=access,
    aws_secret_access_key=secret,
)
for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
    for entry in page.get("Contents", []):
        key = entry["Key"]
        found = s3.get_object(Bucket=bucket, Key=key)
        body = found["Body"].read()
        tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        print(
            json.dumps(
                {
                    "key": key,
                    "length": len(body),
                    "sha256": hashlib.sha256(body).hexdigest(),
                    "type": found["ContentType"],
                    "tags": {tag["Key"]: tag["Value"] for tag in tags},
                    "metadata": found["Metadata"],
                }
            )
        )
