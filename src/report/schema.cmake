# A schema is a file for others and a string in the program: one source for both.
foreach(kind report fix sizes)
  set(schema_file "${CMAKE_CURRENT_LIST_DIR}/${kind}-1.schema.json")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${schema_file}")
  file(READ "${schema_file}" SHAPEDBG_SCHEMA)
  set(SHAPEDBG_SCHEMA_KIND ${kind})
  set(SHAPEDBG_SCHEMA_FUNCTION ${kind}_schema)
  if(kind STREQUAL "fix")
    set(SHAPEDBG_SCHEMA_FUNCTION fix_schema_root)  # completed by definitions of the report's
  endif()
  configure_file("${CMAKE_CURRENT_LIST_DIR}/schema.cpp.in" "${CMAKE_CURRENT_BINARY_DIR}/${kind}_schema.cpp" @ONLY)
  list(APPEND report_sources "${CMAKE_CURRENT_BINARY_DIR}/${kind}_schema.cpp")
endforeach()
