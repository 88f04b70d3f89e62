# build.sh: the shell function build, for the scripts beside it.
#
# build PRESET [OPTIONS OF cmake --build]: configures and builds with one job
# for each CPU. Works without ccache, and where there is no home folder.

if [[ -z ${HOME-} || ! -w ${HOME-} ]]; then
  export CCACHE_DIR=${CCACHE_DIR-$PWD/build/ccache}
fi

build() {
  local preset=$1
  shift
  local options=()
  if ! command -v ccache > /dev/null; then
    options=(-DCMAKE_C_COMPILER_LAUNCHER= -DCMAKE_CXX_COMPILER_LAUNCHER=)
  fi
  cmake --preset "$preset" "${options[@]}" >&2
  cmake --build --preset "$preset" -j "$(nproc)" "$@" >&2
}
