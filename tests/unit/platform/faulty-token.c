/* SPDX-License-Identifier: Apache-2.0 */
#include "faulty-token.h"
#include "token.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list);
struct faults *faults(void);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct faults state;
static CK_FUNCTION_LIST *real, ours;

struct faults *faults(void)
{
    return &state;
}

static CK_RV due(void)
{
    CK_RV rv = CKR_OK;

    pthread_mutex_lock(&lock);
    state.calls++;
    if (state.at == 1)
        rv = state.rv;
    if (state.at > 1 || (state.at == 1 && state.last == FAULTS_ONCE))
        state.at--;
    pthread_mutex_unlock(&lock);
    return rv;
}

#define PASS(name, parameters, arguments)           \
    static CK_RV faulty_##name parameters           \
    {                                               \
        CK_RV rv = due();                           \
        return rv != CKR_OK ? rv : real->C_##name arguments; \
    }

PASS(GetSlotList, (CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count), (present, slots, count))
PASS(FindObjectsInit, (CK_SESSION_HANDLE s, CK_ATTRIBUTE *like, CK_ULONG count), (s, like, count))
PASS(FindObjects, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *out, CK_ULONG max, CK_ULONG *count), (s, out, max, count))
PASS(FindObjectsFinal, (CK_SESSION_HANDLE s), (s))
PASS(GetAttributeValue, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, CK_ATTRIBUTE *out, CK_ULONG count), (s, key, out, count))
PASS(DeriveKey, (CK_SESSION_HANDLE s, CK_MECHANISM *how, CK_OBJECT_HANDLE key, CK_ATTRIBUTE *as, CK_ULONG count, CK_OBJECT_HANDLE *out),
     (s, how, key, as, count, out))
PASS(EncryptInit, (CK_SESSION_HANDLE s, CK_MECHANISM *how, CK_OBJECT_HANDLE key), (s, how, key))
PASS(Encrypt, (CK_SESSION_HANDLE s, unsigned char *in, CK_ULONG in_len, unsigned char *out, CK_ULONG *out_len), (s, in, in_len, out, out_len))
PASS(DestroyObject, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE object), (s, object))

static CK_RV faulty_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *data, CK_NOTIFY notify, CK_SESSION_HANDLE *out)
{
    CK_RV rv = due();

    pthread_mutex_lock(&lock);
    if (rv == CKR_OK && state.sessions_max != 0 && state.sessions >= state.sessions_max)
        rv = CKR_SESSION_COUNT;
    if (rv == CKR_OK)
        rv = real->C_OpenSession(slot, flags, data, notify, out);
    state.sessions += rv == CKR_OK;
    pthread_mutex_unlock(&lock);
    return rv;
}

static CK_RV faulty_CloseSession(CK_SESSION_HANDLE session)
{
    CK_RV rv = real->C_CloseSession(session);

    pthread_mutex_lock(&lock);
    state.sessions -= rv == CKR_OK;
    pthread_mutex_unlock(&lock);
    return rv;
}

static CK_RV faulty_Login(CK_SESSION_HANDLE s, CK_USER_TYPE user, unsigned char *pin, CK_ULONG len)
{
    CK_RV rv = due();

    pthread_mutex_lock(&lock);
    state.logins++;
    pthread_mutex_unlock(&lock);
    return rv != CKR_OK ? rv : real->C_Login(s, user, pin, len);
}

static CK_RV faulty_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *out)
{
    CK_RV rv = due();

    if (rv == CKR_OK)
        rv = real->C_GetTokenInfo(slot, out);
    if (rv == CKR_OK)
        out->flags |= state.flags;
    return rv;
}

static CK_RV faulty_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE mechanism, CK_MECHANISM_INFO *out)
{
    CK_RV rv = due();

    if (rv == CKR_OK && state.hidden != 0 && mechanism == state.hidden)
        rv = CKR_MECHANISM_INVALID;
    return rv != CKR_OK ? rv : real->C_GetMechanismInfo(slot, mechanism, out);
}

static CK_RV faulty_CreateObject(CK_SESSION_HANDLE s, CK_ATTRIBUTE *as, CK_ULONG count, CK_OBJECT_HANDLE *out)
{
    CK_RV rv = due();

    for (CK_ULONG i = 0; i < count; i++)
        if (as[i].type == CKA_KEY_TYPE && state.no_key != 0 && *(CK_KEY_TYPE *)as[i].pValue == state.no_key)
            rv = CKR_ATTRIBUTE_VALUE_INVALID;
    return rv != CKR_OK ? rv : real->C_CreateObject(s, as, count, out);
}

static CK_RV faulty_Initialize(void *args)
{
    pthread_mutex_lock(&lock);
    state.restarts++;
    state.sessions = 0;
    if (state.last == FAULTS_UNTIL_RESTART)
        state.at = 0;
    pthread_mutex_unlock(&lock);
    return real->C_Initialize(args);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    void *library = dlopen(TOKEN_MODULE, RTLD_NOW | RTLD_LOCAL);
    CK_RV (*get)(CK_FUNCTION_LIST **) = NULL;
    CK_RV rv;

    if (library != NULL)
        *(void **)&get = dlsym(library, "C_GetFunctionList");
    if (get == NULL)
        return CKR_GENERAL_ERROR;
    rv = get(&real);
    if (rv != CKR_OK)
        return rv;
    ours = *real;
    ours.C_GetFunctionList = C_GetFunctionList;
#define TAKE(name) ours.C_##name = faulty_##name
    TAKE(Initialize), TAKE(GetSlotList), TAKE(GetTokenInfo), TAKE(GetMechanismInfo), TAKE(OpenSession), TAKE(CloseSession), TAKE(Login);
    TAKE(FindObjectsInit), TAKE(FindObjects), TAKE(FindObjectsFinal), TAKE(GetAttributeValue), TAKE(CreateObject);
    TAKE(DeriveKey), TAKE(EncryptInit), TAKE(Encrypt), TAKE(DestroyObject);
    *list = &ours;
    return CKR_OK;
}
