/** `x-subject: true` marks a member that names a person. Of an OpenAPI document as canonical JSON: whether it holds such a mark. */
export const marksSubjects = (openapi: string): boolean => openapi.includes('"x-subject":true')
