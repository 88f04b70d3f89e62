# What `cmake --install` puts under its prefix: the tools, libTenon, and what
# find_package(Tenon) gives to plug-ins:
#
#   bin/                      tenon, tenon-opt, tenon-lsp-server
#   lib/libTenon.so           finds LLVM's libraries where this build found them
#   include/tenon/            headers, .td files and generated files, as in the tree
#   lib/cmake/Tenon/          TenonConfig.cmake, the functions of TenonPlugin.cmake,
#                             the lit configuration tenon_lit.py

include(CMakePackageConfigHelpers)

set(package lib/cmake/Tenon)
install(TARGETS Tenon LIBRARY DESTINATION lib)
install(DIRECTORY dialects passes DESTINATION include/tenon
  FILES_MATCHING PATTERN *.h PATTERN *.td)
install(DIRECTORY ${PROJECT_BINARY_DIR}/dialects ${PROJECT_BINARY_DIR}/passes
  DESTINATION include/tenon
  FILES_MATCHING PATTERN *.inc PATTERN Version.h PATTERN CMakeFiles EXCLUDE)
install(FILES codegen/Target.h DESTINATION include/tenon/codegen)
install(FILES runtime/Status.h DESTINATION include/tenon/runtime)

configure_package_config_file(cmake/TenonConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/TenonConfig.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/TenonConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/package/TenonConfig.cmake
  ${PROJECT_BINARY_DIR}/package/TenonConfigVersion.cmake
  cmake/TenonPlugin.cmake
  cmake/lit.site.cfg.py.in
  cmake/tenon_lit.py
  DESTINATION ${package})
