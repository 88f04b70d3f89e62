# What the CMakeLists.txt of a plug-in is written in, after find_package(Tenon):
#
#   tenon_passes(FILE.td NAME)       FILE.h.inc: C++ of the passes that FILE.td declares
#   tenon_plugin(NAME FILE ...)      the plug-in NAME.so
#   tenon_lit_suite(NAME FOLDER PLUGIN)
#       the target check-NAME: lit on FOLDER, where %plugin is the path of PLUGIN,
#       and tenon, tenon-opt, FileCheck, not and split-file are on the PATH

list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

function(tenon_passes td name)
  get_filename_component(stem ${td} NAME_WE)
  list(GET MLIR_INCLUDE_DIRS 0 mlir_include)
  set(LLVM_TARGET_DEFINITIONS ${td})
  mlir_tablegen(${stem}.h.inc -gen-pass-decls -name ${name}
    "-I${TENON_INCLUDE_DIR}" "-I${mlir_include}")
  add_custom_target(${name}PassesGenerated DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${stem}.h.inc)
  set_property(DIRECTORY APPEND PROPERTY TENON_GENERATED ${name}PassesGenerated)
endfunction()

function(tenon_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE Tenon::Tenon)
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR})
  # Says how passes with statistics are laid out, and so comes first.
  target_compile_options(${name} PRIVATE -fno-exceptions
    "SHELL:-include ${TENON_INCLUDE_DIR}/passes/StatisticsLayout.h")
  set_target_properties(${name} PROPERTIES PREFIX "")
  get_property(generated DIRECTORY PROPERTY TENON_GENERATED)
  if(generated)
    add_dependencies(${name} ${generated})
  endif()
endfunction()

function(tenon_lit_suite name folder plugin)
  get_filename_component(suite_folder ${folder} ABSOLUTE)
  set(suite_name ${name})
  set(suite_build ${CMAKE_CURRENT_BINARY_DIR}/${name}-lit)
  configure_file(${TENON_CMAKE_DIR}/lit.site.cfg.py.in ${suite_build}/lit.site.cfg.py.gen @ONLY)
  file(GENERATE OUTPUT ${suite_build}/lit.site.cfg.py INPUT ${suite_build}/lit.site.cfg.py.gen)
  add_custom_target(check-${name}
    COMMAND ${LLVM_TOOLS_BINARY_DIR}/lit -v ${suite_build}
    DEPENDS ${plugin}
    USES_TERMINAL
    COMMENT "Running the tests of ${name}")
endfunction()
