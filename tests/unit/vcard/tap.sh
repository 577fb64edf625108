# SPDX-License-Identifier: Apache-2.0
# For the shell tests: check NAME GOT EXPECTED, where EXPECTED is a pattern. A case a line, counted in $count.
# shellcheck shell=bash
count=0

check()
{
    count=$((count + 1))
    # shellcheck disable=SC2053
    if [[ $2 == $3 ]]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        printf '# got      %s\n# expected %s\n' "$2" "$3"
    fi
}
