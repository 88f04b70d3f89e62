# Finds LLVM and MLIR, and defines the functions that every CMakeLists.txt of
# the project is written in:
#
#   tenon_dialect(NAME mnemonic)     C++ from NAMEDialect.td, NAMEOps.td of this folder
#   tenon_tablegen(FILE.td OUT FLAG ...)   one more generated file
#   tenon_passes(FILE.td NAME)       C++ of the passes that FILE.td declares
#   tenon_sources(FILE ...)          adds files to libTenon
#   tenon_tool(NAME FILE ...)        an executable over libTenon
#   tenon_unit_test(NAME FILE ...)   a GoogleTest executable, run by check-tenon

find_package(MLIR 22.1 REQUIRED CONFIG PATHS /usr/lib/llvm-22/lib/cmake/mlir)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
find_package(LLD REQUIRED CONFIG PATHS ${LLVM_DIR}/../lld)
find_package(fmt REQUIRED)

# AddMLIR turns these on for its own libraries; ours say what they link.
set(LLVM_LINK_LLVM_DYLIB ON)

add_compile_options(-fno-exceptions -Wall -Wextra -fvisibility-inlines-hidden)
if(TENON_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()
if(TENON_SANITIZE)
  # What undefined behaviour is reported for must not go on: a test sees only
  # how a process ends.
  add_compile_options(-fsanitize=${TENON_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TENON_SANITIZE})
  set(TENON_SANITIZER_OPTIONS ${PROJECT_SOURCE_DIR}/cmake/SanitizerOptions.cpp)
endif()
add_link_options(-B${LLVM_TOOLS_BINARY_DIR} -fuse-ld=lld)

# Installed tools find libTenon beside them, and LLVM where it was found here.
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib" "${LLVM_LIBRARY_DIR}")

list(GET MLIR_INCLUDE_DIRS 0 MLIR_MAIN_INCLUDE)
separate_arguments(TENON_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")

# What every file over MLIR is compiled with.
add_library(TenonMlirOptions INTERFACE)
target_compile_definitions(TenonMlirOptions INTERFACE ${TENON_LLVM_DEFINITIONS})
target_include_directories(TenonMlirOptions SYSTEM INTERFACE
  ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS} ${LLD_INCLUDE_DIRS} ${PROJECT_BINARY_DIR})
target_include_directories(TenonMlirOptions INTERFACE ${PROJECT_SOURCE_DIR})

# One library holds the compiler, so that a pass plug-in and the tools share
# one copy of each dialect.
add_library(Tenon SHARED)
target_link_libraries(Tenon PUBLIC TenonMlirOptions MLIR LLVM)
target_precompile_headers(Tenon PRIVATE ${PROJECT_SOURCE_DIR}/cmake/MlirPrecompiled.h)
target_compile_options(Tenon PRIVATE -fpch-instantiate-templates "SHELL:-Xclang -fno-pch-timestamp")
add_custom_target(TenonGenerated)
add_dependencies(Tenon TenonGenerated)

function(tenon_tablegen td out)
  set(LLVM_TARGET_DEFINITIONS ${td})
  mlir_tablegen(${out} ${ARGN} "-I${PROJECT_SOURCE_DIR}" "-I${MLIR_MAIN_INCLUDE}")
  string(MAKE_C_IDENTIFIER "${CMAKE_CURRENT_BINARY_DIR}/${out}" target)
  add_custom_target(${target} DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${out})
  add_dependencies(TenonGenerated ${target})
endfunction()

function(tenon_dialect name mnemonic)
  set(td ${name}Ops.td)
  tenon_tablegen(${td} ${name}Dialect.h.inc -gen-dialect-decls -dialect=${mnemonic})
  tenon_tablegen(${td} ${name}Dialect.cpp.inc -gen-dialect-defs -dialect=${mnemonic})
  tenon_tablegen(${td} ${name}Types.h.inc -gen-typedef-decls -typedefs-dialect=${mnemonic})
  tenon_tablegen(${td} ${name}Types.cpp.inc -gen-typedef-defs -typedefs-dialect=${mnemonic})
  tenon_tablegen(${td} ${name}Attributes.h.inc -gen-attrdef-decls -attrdefs-dialect=${mnemonic})
  tenon_tablegen(${td} ${name}Attributes.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${mnemonic})
  tenon_tablegen(${td} ${name}Enums.h.inc -gen-enum-decls)
  tenon_tablegen(${td} ${name}Enums.cpp.inc -gen-enum-defs)
  tenon_tablegen(${td} ${name}Ops.h.inc -gen-op-decls)
  tenon_tablegen(${td} ${name}Ops.cpp.inc -gen-op-defs)
endfunction()

function(tenon_passes td name)
  get_filename_component(stem ${td} NAME_WE)
  tenon_tablegen(${td} ${stem}.h.inc -gen-pass-decls -name ${name})
endfunction()

function(tenon_sources)
  foreach(file ${ARGN})
    target_sources(Tenon PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
endfunction()

function(tenon_tool name)
  add_executable(${name} ${ARGN} ${TENON_SANITIZER_OPTIONS})
  target_link_libraries(${name} PRIVATE Tenon)
  install(TARGETS ${name})
endfunction()

function(tenon_unit_test name)
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARGN} ${TENON_SANITIZER_OPTIONS})
  # What GoogleTest needs of the C++ library is not to be taken from an archive
  # of ours, where it comes with all that its object file needs.
  target_link_libraries(${name} PRIVATE GTest::gtest GTest::gtest_main stdc++)
  set_property(GLOBAL APPEND PROPERTY TENON_UNIT_TESTS ${name})
endfunction()
