#!/usr/bin/env bash
# Wrong on purpose: an unquoted variable. See .ci/actions.
rm $1
