# How the programs in build-sanitize/ run; to be sourced. Every finding ends the program.
symbolizer=$(command -v llvm-symbolizer-16 || true)
export ASAN_OPTIONS="halt_on_error=1:abort_on_error=0:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:external_symbolizer_path=$symbolizer"
export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1:external_symbolizer_path=$symbolizer"

# libFuzzer's options for a target, one a line: no input may take 10 s (of the clock, so that more targets than
# processors need more), 1 GiB in all or 256 MiB at once.
fuzz_options() {
  local target=$1
  printf '%s\n' -timeout="${fuzz_timeout:-10}" -rss_limit_mb=1024 -malloc_limit_mb=256 -max_len="$(fuzz_length "$target")" -use_value_profile=0
  [ ! -f "tests/fuzz/dictionaries/$target.dict" ] || echo "-dict=tests/fuzz/dictionaries/$target.dict"
}

# The longest input: room for some of what the target reads, but small, so that executions stay fast.
fuzz_length() {
  case $1 in
    ed25519 | text) echo 512 ;;
    config | http | leveldb | log | message) echo 4096 ;;
    contract | proof | snapshot) echo 16384 ;;
    *) echo 8192 ;;
  esac
}
