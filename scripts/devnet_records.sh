# The sample records of scripts/devnet.sh, which defines submit, read_back, sample and run_id.

crayfish=()
for file in tests/data/crayfish/*.json; do crayfish+=("$(sample "crayfish/$(basename "$file")")"); done
submit 0 qianjiang-crayfish-submitter provenance capture "${crayfish[@]}"
read_back "the history of the crayfish lot" 2 \
  "/v1/provenance/epcs/urn:epc:class:lgtin:9520123.045670.QJ260510$run_id" ".events | length > 0"

evidence=tests/data/evidence/purchase-contract.txt
submit 1 wuhan-court-submitter evidence deposit "$(sample evidence/deposit.json)"
read_back "the deposited contract, by the hash of the file" 3 \
  "/v1/evidence/by-hash/$(sha256sum "$evidence" | cut -c1-64)" '.. | objects | select(.evidenceId? == "HBSC-2026-0501-contract-'"$run_id"'")'

for file in tests/data/agriculture/*.json; do
  method=$(basename "$file" .json)
  method=${method#*-}
  method=${method%%.*}
  submit 2 qianjiang-crayfish-submitter agriculture "$method" "$(sample "agriculture/$(basename "$file")")"
done
read_back "the agricultural lot with its operations" 0 "/v1/agriculture/lots/QJ-XIA-2026-0017-$run_id/history" \
  "[.. | objects | select(has(\"operation\"))] | length >= 10"
