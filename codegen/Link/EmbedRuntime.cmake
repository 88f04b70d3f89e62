# Makes the runtime into one relocatable object and embeds it, so that a link
# needs neither a toolchain nor libraries on the user's machine.
#
#   tenon_prelink(OUTPUT ARCHIVE OBJECTS...)
#     links the objects, what they need of the archive, the archives it links,
#     the C and C++ libraries and the start-up code of a static-pie executable into the object OUTPUT.
#     GNU ld does it: what lld -r makes does not link again.
#   tenon_embed(NAME SYMBOL FILE)
#     an object library NAME with the bytes of FILE from SYMBOL to SYMBOL_end.

find_program(TENON_GNU_LD ld.bfd REQUIRED)

# The path of a file of the C or C++ library, as the compiler finds it.
function(tenon_library_file name variable)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${name}
    OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT IS_ABSOLUTE "${path}")
    message(FATAL_ERROR "${name} not found; install libc6-dev and libstdc++-12-dev")
  endif()
  set(${variable} ${path} PARENT_SCOPE)
endfunction()

function(tenon_prelink output archive)
  # Where the runtime begins, and what generated code may call.
  set(roots tenon_start main tenon_barrier memcpy memmove memset memcmp)
  list(TRANSFORM roots PREPEND "--undefined=")
  foreach(name rcrt1.o crti.o crtbeginS.o crtendS.o crtn.o libstdc++.a libm.a libc.a libgcc.a libgcc_eh.a
          libutf8proc.a)
    tenon_library_file(${name} file)
    list(APPEND files ${file})
  endforeach()
  list(SUBLIST files 0 3 begin)
  list(SUBLIST files 3 2 end)
  list(SUBLIST files 5 -1 libraries)
  add_custom_command(OUTPUT ${output}
    COMMAND ${TENON_GNU_LD} -m elf_x86_64 -r --strip-debug ${roots} -o ${output}
      ${begin} ${ARGN} --start-group $<TARGET_FILE:${archive}>
      $<FILTER:$<TARGET_PROPERTY:${archive},LINK_LIBRARIES>,INCLUDE,[.]a$> ${libraries}
      --end-group ${end}
    DEPENDS ${archive} ${ARGN} COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Prelinking ${output}")
endfunction()

function(tenon_embed name symbol file)
  file(CONFIGURE OUTPUT ${name}.S @ONLY CONTENT [[
  .section .rodata.@symbol@, "a", @progbits
  .p2align 6
  .globl @symbol@, @symbol@_end
@symbol@:
  .incbin "@file@"
@symbol@_end:
  .section .note.GNU-stack, "", @progbits
]])
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.S)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${file})
  add_library(${name} OBJECT ${source})
  target_compile_options(${name} PRIVATE -Qunused-arguments)
endfunction()

add_library(TenonFileFrame OBJECT
  ${CMAKE_CURRENT_LIST_DIR}/PayloadPlaceholder.S ${CMAKE_CURRENT_LIST_DIR}/StartCheck.S)
target_compile_options(TenonFileFrame PRIVATE -Qunused-arguments)

# A sanitizer in the build of the compiler must not get into the files it makes.
if(TENON_SANITIZE)
  get_target_property(sources TenonRuntime SOURCES)
  get_target_property(folder TenonRuntime SOURCE_DIR)
  get_target_property(libraries TenonRuntime LINK_LIBRARIES)
  list(TRANSFORM sources PREPEND ${folder}/ REGEX "^[^/]")
  add_library(TenonEmbeddableRuntime STATIC ${sources})
  target_include_directories(TenonEmbeddableRuntime PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(TenonEmbeddableRuntime PRIVATE ${libraries})
  target_compile_options(TenonEmbeddableRuntime PRIVATE
    $<TARGET_PROPERTY:TenonRuntime,COMPILE_OPTIONS> -fno-sanitize=all)
else()
  add_library(TenonEmbeddableRuntime ALIAS TenonRuntime)
endif()
